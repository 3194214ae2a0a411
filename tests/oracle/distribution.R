#!/usr/bin/env Rscript
# SPDX-License-Identifier: MIT
# Makes tests/oracle/distribution.h, the values that tests/unit_distribution.c compares with:
#	Rscript tests/oracle/distribution.R > tests/oracle/distribution.h

num <- function(x) ifelse(is.na(x), "NAN", ifelse(is.infinite(x), "INFINITY", sprintf("%.17g", x)))
table <- function(doc, name, columns, rows) {
	cat("/* ", doc, " */\nstatic const double ", name, "[][", columns, "] = {\n", sep = "")
	for (row in rows)
		cat("\t{", paste(num(row), collapse = ", "), "},\n", sep = "")
	cat("};\n\n")
}
grid <- function(f, ...) {
	g <- expand.grid(...)
	lapply(seq_len(nrow(g)), function(i) { r <- as.numeric(g[i, ]); c(r, do.call(f, as.list(r))) })
}

cat("/* SPDX-License-Identifier: MIT */\n")
cat("/* Made by tests/oracle/distribution.R with", R.version.string, "*/\n/* clang-format off */\n#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n\n")
table("x, a, b, pbeta", "oracle_beta", 4,
	grid(pbeta, c(0, 1e-6, 0.1, 0.5, 0.9, 0.999, 1), c(0.5, 3, 50, 2000), c(0.5, 7, 300)))
table("a, x, upper pgamma", "oracle_gamma", 3,
	grid(function(a, x) pgamma(x, a, lower.tail = FALSE), c(0.5, 1, 10, 300, 20000), c(0, 0.2, 5, 290, 20100)))
table("t, df, upper pt", "oracle_student", 3,
	grid(function(t, df) pt(t, df, lower.tail = FALSE), c(-2, 0, 1, 4, 30), c(1, 4, 14, 59, 10.5)))
table("tail, df, quantile of t", "oracle_student_quantile", 3,
	grid(function(p, df) qt(p, df, lower.tail = FALSE), c(0.5, 0.025, 1e-3, 4e-5, 1e-9), c(1, 5, 14, 59)))
# The noncentrality by R's pt, which is good to about 1e-9 here.
shift <- function(t, df) uniroot(function(d) pt(t, df, d, lower.tail = FALSE) - 0.8, c(0, 3 * t + 20), tol = 1e-12)$root
table("critical t, df, noncentrality of power 0.8", "oracle_shift", 3,
	grid(shift, c(2, 3.5, 6), c(5, 9, 14, 59)))
table("k, n, p, upper tail of the binomial distribution", "oracle_binomial", 4,
	grid(function(k, n, p) pbinom(k - 1, n, p, lower.tail = FALSE), c(0, 1, 7, 15, 16), c(15, 400), c(0.01, 0.5)))
table("k, n, limits of binom.test", "oracle_binomial_interval", 4,
	grid(function(k, n) as.vector(binom.test(k, n)$conf.int), c(0, 1, 7, 15), c(15, 60, 3000)))
table("k, limits of poisson.test", "oracle_poisson_interval", 3,
	grid(function(k) as.vector(poisson.test(k)$conf.int), c(0, 1, 2, 10, 114, 5000, 300000)))
table("k, n of two groups, fisher.test", "oracle_fisher", 5,
	lapply(list(c(0, 6, 5, 6), c(1, 20, 5, 20), c(3, 12, 3, 12), c(0, 7, 0, 9), c(2, 15, 9, 11), c(40, 90, 20, 80)),
		function(r) c(r, fisher.test(matrix(c(r[1], r[2] - r[1], r[3], r[4] - r[3]), 2))$p.value)))
table("counts and seconds of base and arm; rate ratio and its limits, p: binomial test of the shares", "oracle_rates", 8,
	lapply(list(c(114, 38.4, 60, 40), c(3, 10, 9, 9), c(0, 10, 8, 10), c(5, 10, 0, 11), c(2000, 500, 2100, 480)),
		function(r) {
			share <- r[4] / (r[2] + r[4]); all <- r[1] + r[3]
			ci <- binom.test(r[3], all, share)$conf.int
			p <- min(1, 2 * pbinom(r[3], all, share), 2 * pbinom(r[3] - 1, all, share, lower.tail = FALSE))
			odds <- function(q) q / (1 - q) * r[2] / r[4]
			c(r, (r[3] / r[4]) / (r[1] / r[2]), odds(ci[1]), odds(ci[2]), p)
		}))
# Whether runs of seconds[i] have one rate: Pearson's statistic, p simulated given the total.
cat("static const struct {\n\tsize_t n;\n\tdouble p;\n\tuint64_t count[12];\n\tdouble seconds[12];\n} oracle_dispersion[] = {\n")
set.seed(1)
for (r in list(list(c(3, 0, 5, 2, 4, 1), rep(1, 6)), list(c(0, 0, 9, 0, 0, 0, 1, 0), rep(2, 8)), list(c(1, 2, 8, 30), c(1, 2, 4, 8)),
	list(c(0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), rep(0.5, 12)), list(c(900, 1010, 1100), c(10, 10, 10)))) {
	expected <- r[[2]] / sum(r[[2]]) * sum(r[[1]])
	drawn <- rmultinom(200000, sum(r[[1]]), expected)
	p <- mean(colSums((drawn - expected)^2 / expected) >= sum((r[[1]] - expected)^2 / expected) - 1e-9)
	list_of <- function(x) paste0("{", paste(num(x), collapse = ", "), "}")
	cat(sprintf("\t{%d, %s, %s, %s},\n", length(r[[1]]), num(p), list_of(r[[1]]), list_of(r[[2]])))
}
cat("};\n")
