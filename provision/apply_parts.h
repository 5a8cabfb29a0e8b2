/* SPDX-License-Identifier: MIT */
/*
 * The actuators that live outside apply.c; for apply*.c only.
 */
#pragma once

#include "apply.h"

/* Writes one live value, once, and reads it back. Mode 2 of overcommit_memory is guarded again. */
int apply_sysctl(const struct apply *apply, const struct step *step, struct err *err) must_check;

/* systemctl daemon-reload, for at most 30 s. -errno; -EIO: it failed. */
int apply_reload(void) must_check;
