#!/bin/sh
# A champion whose target is another one, or whose classes are not those of the data.
. ci/tap.sh
plan 21

cd "$T" || exit 1
# rows CLASSES SEED: the classes follow x1, with noise, in the order given
rows() {
	awk -v classes="$1" -v seed="$2" 'BEGIN {
		srand(seed); n = split(classes, name, " "); print "x1,x2,kind,price"
		for (i = 0; i < 600; i++) {
			x = rand(); k = int((x + rand() / 10) / 1.1 * n) + 1
			printf "%.4f,%.4f,%s,%.4f\n", x, rand(), name[k], 3 * x + rand() / 10
		}
	}'
}
declare_loop() { # declare_loop COLUMN TASK KIND
	cat >rai.yaml <<-END
		version: 1
		models:
		  m:
		    target: { column: $1 }
		    task: $2
		    features: { drop: [$4] }
		    train: { candidates: [$3] }
		    gate: { against: champion }
	END
}
accuracy() { jq -e ".data.champion.metrics.accuracy $1" out; }
rows 'a b c' 1 >abc.csv
rows 'a c' 2 >ac.csv
rows 'c d' 3 >cd.csv
declare_loop kind classification logistic price
run rai-train abc.csv -o abc --champion ''
status 0 'a champion of three classes'
run rai-train ac.csv -o ac --champion abc
status 0 'rows of two of them'
# the champion says b, which no row is any more, in the middle: elsewhere it is right
ok 'its answers are those for the classes of the same name' accuracy '> 0.8'
ok 'and its ranking' jq -e '.data.champion.metrics.auc > 0.95' out
run rai-train cd.csv -o cd --champion abc
status 0 'rows of a class that it does not know'
ok 'it never says that class' accuracy '< 0.6'
stdout_has 'better than the champion' 'and is beaten'
run rai-train abc.csv -o abc2 --champion ac
status 0 'a champion of fewer classes'
stdout_has 'better than the champion' 'is beaten too'

declare_loop price regression linear kind
run rai-train abc.csv -o price --champion ''
status 0 'a champion of numbers'
run rai-train abc.csv -o new --champion abc
status 2 'classes against a number'
stderr "rai-train: champion: it predicts \"kind\", and models.m predicts \"price\" (--champion '' compares with none)" 'are named'
declare_loop x1 regression linear kind
run rai-train abc.csv -o new --champion price
status 2 'a champion of another number'
stderr "rai-train: champion: it predicts \"price\", and models.m predicts \"x1\" (--champion '' compares with none)" 'is named'
ok 'no file' test ! -e new
awk -F, 'NR > 1 { $3 = int($4 * 2) } { print $1 "," $2 "," $3 "," $4 }' OFS=, abc.csv >kinds.csv
declare_loop kind regression linear price
run rai-train kinds.csv -o new --champion abc
status 2 'the same column as a number'
stderr "rai-train: champion: it predicts classes, and models.m predicts a number (--champion '' compares with none)" 'is named'

# a classifier of another library knows its classes by their numbers
declare_loop kind classification logistic price
cat >two.json <<'END'
{"version":[3,2,0],"learner":{"feature_names":["x1","x2"],"feature_types":["float","float"],
"learner_model_param":{"base_score":"0.5","num_class":"0","num_feature":"2","num_target":"1","boost_from_average":"1"},
"objective":{"name":"binary:logistic","reg_loss_param":{"scale_pos_weight":"1"}},
"gradient_booster":{"name":"gbtree","model":{"gbtree_model_param":{"num_trees":"1","num_parallel_tree":"1"},
"tree_info":[0],"iteration_indptr":[0,1],"trees":[{"id":0,"tree_param":{"num_nodes":"3","num_feature":"2","num_deleted":"0","size_leaf_vector":"1"},
"left_children":[1,-1,-1],"right_children":[2,-1,-1],"parents":[2147483647,0,0],"split_indices":[0,0,0],
"split_conditions":[0.5,-2.0,2.0],"default_left":[0,0,0],"split_type":[0,0,0],"categories":[],"categories_nodes":[],
"categories_segments":[],"categories_sizes":[],"base_weights":[0,0,0],"loss_changes":[0,0,0],"sum_hessian":[0,0,0]}]}}}}
END
run rai-train ac.csv -o imported --champion two.json
status 0 'a champion that XGBoost has saved'
ok 'its class 1 is the second one' accuracy '> 0.8'
run rai-train abc.csv -o imported --champion two.json
status 2 'with another number of classes'
stderr 'rai-train: champion: it predicts 2 classes, and the target "kind" has 3' 'is named'
