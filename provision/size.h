/* SPDX-License-Identifier: MIT */
/*
 * Sizes as people write and read them, multiples of RAM, and the nominal RAM of a machine. Pure
 * arithmetic: no I/O, no locale.
 */
#pragma once

#include "util.h"

/* A size, or a multiple of something whose size is known later (RAM, a filesystem). */
struct amount {
	uint64_t bytes;      /* meant when millionths is 0 */
	uint64_t millionths; /* 1000000 is once; at most 1000 times */
};

enum size_fault {
	SIZE_OK,
	SIZE_NOT_A_SIZE, /* no digits, a sign, an unknown suffix, anything behind it */
	SIZE_NO_UNIT,    /* a bare number other than 0 */
	SIZE_TOO_LARGE,  /* above 8 EiB, or more than 6 digits behind the point */
};

/*
 * "16G", "512MiB", "0.5G", ".5G": K M G T and KiB ... are powers of 1024, KB ... of 1000, as
 * util-linux has it. "0" needs no unit. Fractions of a byte are dropped. *ret_bytes is untouched
 * unless SIZE_OK is returned.
 */
enum size_fault size_parse(const char *text, uint64_t *ret_bytes) must_check;

/* As size_parse, and "2x", "0.25x": a multiple. */
enum size_fault amount_parse(const char *text, struct amount *ret) must_check;

/* As size_parse, and "10%", "2.5%" (0 to 100): a share, as millionths. */
enum size_fault share_parse(const char *text, struct amount *ret) must_check;

/* What is wrong, for people; "" for SIZE_OK. */
const char *size_fault_text(enum size_fault fault);

/* The amount for a machine (or filesystem) of `whole_bytes`; saturates at 8 EiB - 1. */
uint64_t amount_bytes(struct amount amount, uint64_t whole_bytes);

/*
 * Nominal RAM of a machine: MemTotal rounded up to the next multiple of
 * 2^(floor(log2 MemTotal) - 2). The kernel keeps 0.5 to 8 % for itself, and what is sold as RAM
 * lies on that grid: 2031548 KiB -> 2 GiB, 25049088 KiB -> 24 GiB. 0 stays 0.
 */
uint64_t size_round_ram(uint64_t memtotal_bytes);

static inline uint64_t round_down(uint64_t bytes, uint64_t step)
{
	return bytes - bytes % step;
}

#define SIZE_TEXT_MAX 32

/*
 * For people: "16 GiB", "512 MiB", "1.5 GiB", "0 B"; the largest unit that gives at least 1, and at
 * most two digits behind the point, rounded to nearest. Returns buf.
 */
const char *size_format(uint64_t bytes, char buf[static SIZE_TEXT_MAX]);
