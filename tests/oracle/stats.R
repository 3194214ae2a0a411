#!/usr/bin/env Rscript
# SPDX-License-Identifier: MIT
# Makes tests/oracle/stats.h, the values that tests/unit_stats.c compares with:
#	Rscript tests/oracle/stats.R > tests/oracle/stats.h
# Without ties the values are wilcox.test's. With ties and zeros p is counted over all 2^m signs,
# which shares nothing with the dynamic programming of bench/analyse/paired.c.

num <- function(x) ifelse(is.na(x), "NAN", sprintf("%.17g", x))
list_of <- function(x) paste0("{", paste(num(x), collapse = ", "), "}")

# Two-sided p by enumeration: zeros keep their ranks and have no sign (Pratt).
enumerated_p <- function(d) {
	ranks <- rank(abs(d))[d != 0]
	m <- length(ranks)
	seen <- sum(rank(abs(d))[d > 0])
	signs <- as.matrix(expand.grid(rep(list(0:1), m)))
	sums <- as.vector(signs %*% ranks)
	if (m == 0) return(1)
	min(1, 2 * min(mean(sums <= seen + 1e-9), mean(sums >= seen - 1e-9)))
}

walsh <- function(d) {
	means <- outer(d, d, "+") / 2
	sort(means[!lower.tri(means)])
}

# Limits from the largest k with P(V <= k - 1) <= 0.025.
limits <- function(d) {
	n <- length(d)
	k <- sum(psignrank(0:(n * (n + 1) / 2), n) <= 0.025)
	w <- walsh(d)
	if (k == 0) c(NA, NA) else c(w[k], w[length(w) + 1 - k])
}

case <- function(d) {
	plain <- !any(duplicated(abs(d))) && all(d != 0) && length(d) >= 6
	if (plain) {
		t <- wilcox.test(d, conf.int = TRUE, exact = TRUE, conf.level = 0.95)
		p <- t$p.value
		estimate <- t$estimate
		ci <- t$conf.int
	} else {
		p <- enumerated_p(d)
		estimate <- median(walsh(d))
		ci <- limits(d)
	}
	cat(sprintf("\t{%d, %s, %s, %s, %s, %s, %s},\n", length(d), num(estimate), num(ci[1]),
		num(ci[2]), num(p), num(sd(d)), list_of(d)))
}

cat("/* SPDX-License-Identifier: MIT */\n")
cat("/* Made by tests/oracle/stats.R with", R.version.string, "*/\n/* clang-format off */\n#include <math.h>\n#include <stddef.h>\n\n")
cat("static const struct {\n\tsize_t n;\n\tdouble estimate, lo, hi, p, sd;\n\tdouble d[300];\n")
cat("} oracle_ranks[] = {\n")
set.seed(1)
for (n in c(6, 7, 10, 15, 20, 30, 49)) {
	case(round(rnorm(n, 0.3), 6))
	case(round(rlnorm(n) - 0.8, 6))
}
case(round(rnorm(300, 0.1), 6))
case(c(1, 2, 3, 4, 5))                            # too few for an interval
case(c(1, -1, 2, 2, -3, 3, 3, 4, 5, 5))           # ties
case(c(0, 0, 1, -1, 2, 3, 3, -4, 5, 6, 6))        # ties and zeros
case(c(0, 0, 0, 0, 0, 0, 0))                      # nothing but zeros
case(c(0, 0, 0, 0, 0, 0, 1))
case(rep(2, 8))                                   # all equal
for (n in c(6, 9, 12, 14)) {
	case(sample(-3:4, n, replace = TRUE))
	case(sample(0:2, n, replace = TRUE) * 0.5)
}
cat("};\n\n")

cat("/* n, lower rank of the 95 % interval of the median: qbinom */\n")
cat("static const size_t oracle_median_rank[][2] = {\n")
for (n in c(1:60, 100, 500, 5000)) {
	k <- sum(pbinom(0:(n - 1), n, 0.5) <= 0.025)
	cat(sprintf("\t{%d, %d},\n", n, k))
}
cat("};\n\n")

x <- round(rlnorm(100), 4)
cat("static const double oracle_values[] = ", list_of(x), ";\n", sep = "")
cat("/* q, quantile by nearest rank; q in thousandths, so that q n is exact */\nstatic const double oracle_quantile[][2] = {\n")
for (q in c(0, 0.01, 0.07, 0.25, 0.5, 0.555, 0.9, 0.99, 0.999, 1))
	cat(sprintf("\t{%s, %s},\n", num(q), num(sort(x)[max(1, ceiling(round(1000 * q) * length(x) / 1000))])))
cat("};\n")
cat("static const double oracle_median = ", num(median(x)), ", oracle_jain = ",
	num(sum(x)^2 / (length(x) * sum(x^2))), ";\n\n", sep = "")

p <- c(0.01, 0.04, 0.03, 0.005, 0.6, 0.04, 1, 0.0001, 0.03)
cat("static const double oracle_p[] = ", list_of(p), ";\n", sep = "")
cat("static const double oracle_holm[] = ", list_of(p.adjust(p, "holm")), ";\n\n", sep = "")

cat("/* sd_log, n, family, detectable */\nstatic const double oracle_detectable[][4] = {\n")
for (family in c(1, 100)) for (n in c(15, 100)) for (s in c(0.01, 0.1)) {
	z <- qnorm(0.025 / family, lower.tail = FALSE) + qnorm(0.8)
	cat(sprintf("\t{%s, %d, %d, %s},\n", num(s), n, family, num(exp(z * s * sqrt(1.05 / n)))))
}
cat("};\n")

cat("\n/* n, qbinom(0.99, n, 0.05) */\nstatic const size_t oracle_by_chance[][2] = {\n")
for (n in c(1, 2, 5, 10, 20, 40, 200, 205, 1000, 5000))
	cat(sprintf("\t{%d, %d},\n", n, qbinom(0.99, n, 0.05)))
cat("};\n\n")

# Two groups: without ties wilcox.test's, with ties p is counted over all choices of the group's ranks.
two_groups <- function(base, arm) {
	a <- length(base); b <- length(arm)
	ranks <- rank(c(base, arm))
	k <- sum(pwilcox(0:(a * b), b, a) <= 0.025)
	d <- sort(outer(arm, base, "-"))
	ci <- if (k == 0) c(NA, NA) else c(d[k], d[a * b + 1 - k])
	if (any(duplicated(c(base, arm)))) {
		sums <- combn(a + b, b, function(i) sum(ranks[i]))
		seen <- sum(ranks[a + seq_len(b)])
		p <- min(1, 2 * min(mean(sums <= seen + 1e-9), mean(sums >= seen - 1e-9)))
		estimate <- median(d)
	} else {
		t <- wilcox.test(arm, base, exact = TRUE, conf.int = k > 0)
		p <- t$p.value
		estimate <- if (k > 0) t$estimate else median(d)
		if (k > 0) stopifnot(all.equal(as.vector(t$conf.int), ci))
	}
	sd <- if (a + b < 3) NA else sqrt((sum((base - mean(base))^2) + sum((arm - mean(arm))^2)) / (a + b - 2))
	cat(sprintf("\t{%d, %d, %s, %s, %s, %s, %s, %s,\n\t %s},\n", a, b, num(estimate), num(ci[1]), num(ci[2]),
		num(p), num(sd), list_of(base), list_of(arm)))
}
cat("/* shift of the logarithms arm - base */\nstatic const struct {\n\tsize_t n_base, n_arm;\n")
cat("\tdouble estimate, lo, hi, p, sd;\n\tdouble base[40], arm[40];\n} oracle_apart[] = {\n")
for (n in list(c(4, 4), c(6, 6), c(5, 9), c(12, 7), c(20, 22)))
	two_groups(round(rnorm(n[1]), 5), round(rnorm(n[2], 0.8), 5))
two_groups(c(0.1, 0.2, 0.3), c(1.1, 1.2, 1.35))          # too few for an interval
two_groups(c(0.25), c(0.5))
two_groups(c(1, 2, 2, 3, 5, 5), c(2, 3, 4, 5, 6, 6))     # ties within and across
two_groups(c(0, 0, 0, 0, 0), c(0, 0, 0, 0, 0))           # nothing but ties
two_groups(sample(-2:2, 8, replace = TRUE), sample(-1:3, 9, replace = TRUE))
cat("};\n")
