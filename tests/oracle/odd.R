#!/usr/bin/env Rscript
# SPDX-License-Identifier: MIT
# Makes tests/oracle/odd.h, the values that tests/unit_odd.c compares with:
#	Rscript tests/oracle/odd.R > tests/oracle/odd.h
# The tail is simulated here, so that it shares nothing with the fit in bench/analyse/odd.c.

set.seed(23)
num <- function(x) ifelse(is.na(x), "NAN", sprintf("%.17g", x))
list_of <- function(x) paste0("{", paste(num(x), collapse = ", "), "}")

# The standard deviation of the seven eighths that lie closest together.
spread <- function(x) {
	x <- sort(x); n <- length(x); out <- n %/% 8; inside <- n - out
	min(sapply(0:out, function(first) sd(x[first + 1:inside])))
}
# The statistic of `draws` samples of n at once, one a column.
statistic <- function(n, draws) {
	x <- apply(matrix(rnorm(n * draws), n), 2, sort); out <- n %/% 8; inside <- n - out
	least <- rep(Inf, draws)
	for (first in 0:out) {
		part <- x[first + 1:inside, , drop = FALSE]
		least <- pmin(least, colSums((part - rep(colMeans(part), each = inside))^2) / (inside - 1))
	}
	middle <- (x[(n + 1) %/% 2, ] + x[n %/% 2 + 1, ]) / 2
	abs(rnorm(draws) - middle) / sqrt(least)
}

cat("/* SPDX-License-Identifier: MIT */\n")
cat("/* Made by tests/oracle/odd.R with", R.version.string, "*/\n/* clang-format off */\n#include <math.h>\n#include <stddef.h>\n\n")
cat("static const struct {\n\tsize_t n;\n\tdouble spread, value[50];\n} oracle_spread[] = {\n")
for (n in c(2, 5, 6, 7, 11, 12, 13, 49, 50)) {
	x <- sort(round(rnorm(n, 3, 0.1), 6))
	cat("\t{", n, ", ", num(spread(x)), ", ", list_of(x), "},\n", sep = "")
}
x <- sort(c(round(rnorm(45, 0, 0.01), 6), rep(0.5, 5)))
cat("\t{50, ", num(spread(x)), ", ", list_of(x), "},\n", sep = "")
cat("};\n\n/* n, t, p */\nstatic const double oracle_tail[][3] = {\n")
tails <- list()
for (n in c(3, 5, 7, 9, 12, 17, 25, 49)) {
	t <- statistic(n, 50000)
	tails[[as.character(n)]] <- t
	for (p in c(0.05, 0.005))
		cat("\t{", n, ", ", num(quantile(t, 1 - p, names = FALSE)), ", ", p, "},\n", sep = "")
}
cat("};\n\n/* A fleet with one value per machine: differences to the median of the others, and Holm's p. */\n")
cat("static const struct {\n\tsize_t n;\n\tdouble value[500], difference[500], holm[500];\n} oracle_fleet[] = {\n")
# Machines of the fleet by the simulated tail of 7 and 17 others, where p is not smaller than what 50000 draws show.
for (case in list(c(8, 0), c(8, 1), c(18, 1))) {
	n <- case[1]
	x <- round(rnorm(n, 8, 0.01), 6)
	if (case[2] > 0) x[1] <- x[1] + 0.05
	d <- sapply(1:n, function(i) x[i] - median(x[-i]))
	s <- sapply(1:n, function(i) spread(x[-i]))
	p <- sapply(abs(d) / s, function(t) mean(tails[[as.character(n - 1)]] >= t))
	# Within the Holm step that the simulation resolves.
	cat("\t{", n, ", ", list_of(x), ", ", list_of(d), ", ", list_of(p.adjust(p, "holm")), "},\n", sep = "")
}
x <- round(c(rnorm(495, 8, 0.01), rnorm(5, 8.05, 0.01)), 6)
d <- sapply(1:500, function(i) x[i] - median(x[-i]))
# Of so many the spread is that of a normal distribution's inner part, and the tail is normal but for a few per cent.
k <- 499 %/% 8; share <- 1 - k / 499; z <- qnorm((1 + share) / 2)
inner <- sqrt(1 - 2 * z * dnorm(z) / share)
t <- d / (spread(x) / inner * (1 + 0.3 / 499))
cat("\t{500, ", list_of(x), ", ", list_of(d), ", ", list_of(p.adjust(2 * pt(-abs(t), 0.74 * 499), "holm")), "},\n", sep = "")
cat("};\n")
