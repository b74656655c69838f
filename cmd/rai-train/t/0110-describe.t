#!/bin/sh
# --describe: one line per column, with and without a declaration.
. ci/tap.sh
plan 13

cd "$T" || exit 1
cat >rows.csv <<'END'
Price,Rooms,Type,Date,Same
100,2,h,3/12/2016,1
200,,u,4/2/2016,1
300,4,h,5/2/2016,1
END
printf 'version: 1\nmodels:\n  m:\n    data: { source: rows.csv }\n    target: { column: Price, transform: log }\n    features: { dates: { Date: day-first }, clip_iqr: 3 }\n' >rai.yaml
line() { grep "^$1	" "$T/out" | tr '\t' '|'; }
run rai-train --describe
status 0 'it answers'
is "$(wc -l <"$T/out")" 6 'a heading and one line per column'
is "$(line Rooms)" 'Rooms|number|1|2|2 .. 4|as it is, clipped at 3 IQR, filled with the median' 'a number with a missing value'
is "$(line Type)" 'Type|category|0|2|h, u|one-hot' 'a category'
is "$(line Date)" 'Date|date|0|3|2016-02-04 .. 2016-12-03|year, month, day number' 'a date, day first'
is "$(line Same)" 'Same|number|0|1|1 .. 1|says nothing: one value; as it is, clipped at 3 IQR' 'a constant'
is "$(line Price)" 'Price|number|0|3|100 .. 300|to be predicted, on the log scale' 'the target comes last'
rm rai.yaml
run rai-train --describe rows.csv
is "$(line Price)" 'Price|number|0|3|100 .. 300|as it is' 'without a declaration every column is an input'
run rai-train --describe <rows.csv
is "$(wc -l <"$T/out")" 6 'and stdin is read'
printf 'name\nx\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\nb\n' >wide.csv
run rai-train --describe wide.csv
ok 'a long name is cut between characters' iconv -f UTF-8 -t UTF-16 out
{ echo y,n,none; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "$i,$i,"; done; } >none.csv
run rai-train --describe none.csv
is "$(line none | cut -d'|' -f6)" 'says nothing: no value; as it is, filled with the median' 'a column without values'
printf 'version: 1\nmodels: { m: { target: { column: y }, features: { impute: drop }, train: { candidates: [linear] } } }\n' >rai.yaml
run rai-train none.csv -o none
status 2 'which leaves no row, where such rows are dropped'
stderr_has 'impute: drop leaves out every row with a missing value' 'and it is said why'
