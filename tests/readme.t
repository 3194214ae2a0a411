#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# class: pure, quick
# names a test or file that exists; the table of findings has each script.
# names a test or file that exists.
use strict;
use warnings;
use FindBin;

my $build = $ENV{BUILD} // 'build';
my $n = 0;
chdir "$FindBin::Bin/.." or die "$FindBin::Bin/..: $!\n";
my @pages = ('README.md', glob 'docs/*.md');
my %lines = map { $_ => [read_lines($_)] } @pages;

sub read_lines {
	open my $in, '<', $_[0] or die "$_[0]: $!\n";
	return <$in>;
}

# ok NAME, CHECKED, WRONG...: passes when something was checked and nothing was wrong.
sub ok {
	my ($name, $checked, @wrong) = @_;
	$n++;
	push @wrong, 'nothing was checked' unless $checked;
	print @wrong ? "not ok $n - $name\n" : "ok $n - $name\n", map { "# $_\n" } @wrong;
	return;
}

# As a heading's link is written: lower case, words joined by dashes.
sub anchor {
	my ($text) = @_;
	$text = lc $text =~ s/`//gr;
	$text =~ s/[^\w\- ]//g;
	return $text =~ s/ /-/gr;
}

sub check_links {
	my ($checked, @wrong) = (0);
	for my $page (@pages) {
		my $dir = $page =~ s{[^/]*$}{}r;
		for (join('', @{ $lines{$page} }) =~ /\]\(([^)\s]+)\)/g) {
			next if m{^https?://};
			my ($path, $section) = /^([^#]*)#?(.*)$/;
			my $file = $path eq '' ? $page : "$dir$path";
			1 while $file =~ s{[^/]+/\.\./}{};
			$checked++;
			push @wrong, "$page: $_: no such file" and next unless -e $file;
			next if $section eq '';
			my @there = map { /^#+ (.*)/ ? anchor($1) : () } @{ $lines{$file} // [] };
			push @wrong, "$page: $_: no such section" unless grep { $_ eq $section } @there;
		}
	}
	return ok('links lead to files and sections that exist', $checked, @wrong);
}

# The commands that pages quote, as [page, command]: lines of code, and code within a line.
sub quoted {
	my @found;
	for my $page (@pages) {
		my $fence = 0;
		for (@{ $lines{$page} }) {
			$fence = !$fence, next if /^```/;
			my @code = $fence || /^    / ? $_ : /`([^`]+)`/g;
			for my $code (@code) {
				push @found, [$page, $1] while $code =~ m{((?:build/\w+|\bhandoff|\bmake)(?=\s|$)[^|><#()&;]*)}g;
			}
		}
	}
	return @found;
}

# What --help of a command says; '' where there is no such command.
my %help;

sub help {
	my ($program, $command) = @_;
	my $line = "$build/$program" . ($command ? " $command" : '') . ' --help';
	return $help{$line} //= -x "$build/$program" ? qx($line 2>/dev/null) : '';
}

sub check_handoff {
	my ($page, $program, @words) = @_;
	my ($command) = grep { !/^-/ } @words;
	my $subcommand = $program eq 'handoff' && defined $command && $command =~ /^[a-z]+$/ ? $command : '';
	my @wrong;
	return "$page: handoff $subcommand: no such command"
		if $subcommand && help('handoff') !~ /^  $subcommand /m;
	my $text = help($program, $subcommand);
	return "$page: build/$program: no such program" if $text eq '';
	for (map { /^(--[a-z-]+)/ } @words) {
		push @wrong, "$page: $program $subcommand $_: no such option" unless $text =~ /\Q$_\E\b/;
	}
	return @wrong;
}

sub check_commands {
	my ($checked, @wrong) = (0);
	my $makefile = join '', read_lines('Makefile');
	for (quoted()) {
		my ($page, $code) = @$_;
		my ($program, @words) = split ' ', $code;
		if ($program eq 'make') {
			my @targets = grep { /^[a-z][a-z0-9-]*$/ } map { /^[A-Z]+='?/ ? last : $_ } @words;
			$checked += @targets;
			push @wrong, map { "$page: make $_: no such target" }
				grep { $makefile !~ /^(?:[a-z0-9 -]* )?\Q$_\E(?: [a-z0-9 -]*)?:/m } @targets;
		} elsif ($program ne 'handoff' || @words) {
			$program =~ s{^build/}{};
			next if $program =~ /NAME$/;
			$checked++;
			push @wrong, check_handoff($page, $program, @words);
		}
	}
	return ok('quoted commands, options and targets exist', $checked, @wrong);
}

# Each row S1..., T1... of method.md; and all paths and mutants that the page names.
sub check_method {
	my @rows = grep { /^\| [ST]\d+ \|/ } @{ $lines{'docs/method.md'} };
	my (@wrong, @names);
	for (@rows) {
		my ($trap, $guards) = /^\| ([ST]\d+) \|.*\|([^|]*)\|$/;
		push @wrong, "$trap names no test or file" unless $guards =~ /`[^`]+`/;
	}
	for (join('', @{ $lines{'docs/method.md'} }) =~ /`([^`\n]*)`/g) {
		next unless m{^(?:tests|bench|sync|ipc|scripts)/|\.patch$|\.t$} && !/\*/;
		push @names, m{/} ? $_ : /\.patch$/ ? "tests/mutants/$_" : "tests/$_";
	}
	push @wrong, map { "$_: no such file" } grep { !-e $_ } @names;
	return ok('traps of docs/method.md name tests and files that exist', @rows * @names, @wrong);
}

# What scripts/check/surprises reads: numbers without a gap, conditions over columns of rows of commands that are there.
sub check_surprises {
	my %column = map { /^samples\.csv,(\w+),/ ? ($1 => 1) : () } qx($build/handoff list --schema);
	my ($number, $command, @wrong) = (0);
	for (@{ $lines{'docs/surprises.md'} }) {
		($command, $number) = ({}, $number + 1) if /^## /;
		push @wrong, "entry $number: its number is not $number" if /^## / && !/^## $number\. /;
		$command->{$1} = 1 if /^    ([a-z]): /;
		push @wrong, "entry $number: nothing was seen" if /^    here:\s*$/;
		next unless s/^    holds: //;
		while (/\b([a-z])\.([a-z]\w+)/g) {
			push @wrong, "entry $number: no command $1" unless $command->{$1};
			push @wrong, "entry $number: no column $2" unless $column{$2};
		}
	}
	push @wrong, 'fewer than 30 entries' if $number < 30;
	return ok('entries of docs/surprises.md can be run', $number, @wrong);
}

# Each script in findings/ has a row in its README.md, in the order of the names, and each row its script.
sub check_findings {
	my @scripts = sort map { s{^findings/}{}r } glob 'findings/*.sh';
	my @rows = map { /^\| `([^`]+\.sh)` \|/ } read_lines('findings/README.md');
	my @wrong = "@rows" eq "@scripts" ? () : ("scripts: @scripts", "rows: @rows");
	return ok('the table of findings has a row for each script', scalar @scripts, @wrong);
}

check_links();
check_commands();
check_method();
check_surprises();
check_findings();
print "1..$n\n";
