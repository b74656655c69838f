#!/usr/bin/env Rscript
# A trainer of your own for rai-train, in R with jsonlite (Debian: r-cran-jsonlite): a linear model.
#
#     train: { candidates: [boost, external], external: [Rscript, trainer.R] }
#
# It speaks JSON lines on stdin and stdout; rai-train(1) says what.  Print nothing else to stdout.
suppressMessages(library(jsonlite))
input <- file("stdin", "r")
say <- function(x) { cat(toJSON(x, auto_unbox = TRUE, digits = NA), "\n", sep = ""); flush(stdout()) }

matrix_of <- function(lines) {
  rows <- lapply(lines, function(l) vapply(parse_json(l)$x, function(v) if (is.null(v)) 0 else as.numeric(v), 0))
  as.data.frame(do.call(rbind, rows))
}

head <- parse_json(readLines(input, 1))
if (head$rai == "train") {
  lines <- readLines(input, head$rows)
  data <- matrix_of(lines)
  data$y <- vapply(lines, function(l) as.numeric(parse_json(l)$y), 0)
  saveRDS(lm(y ~ ., data), head$artifact)
  say(list(rai = "trained"))
} else {
  model <- readRDS(head$artifact)
  say(list(rai = "ready"))
  while (length(line <- readLines(input, 1)) > 0) {
    p <- suppressWarnings(predict(model, matrix_of(readLines(input, parse_json(line)$rows))))
    for (v in p) cat(toJSON(list(p = v), auto_unbox = TRUE, digits = NA), "\n", sep = "")
    flush(stdout())
  }
}
