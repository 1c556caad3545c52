/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * FOREMAN_ULID_LENGTH:
 *
 * How many characters a ULID has, without the terminating zero.
 */
#define FOREMAN_ULID_LENGTH 26

/**
 * FOREMAN_ULID_SIZE:
 *
 * How many bytes a ULID has: 6 of time in ms since the epoch, 10 random ones, the most significant
 * first.
 */
#define FOREMAN_ULID_SIZE 16

/**
 * ForemanUlidGenerator:
 * @last: the highest ULID made or seen; all zero: none
 *
 * Makes ULIDs of which each is higher than the one before, also within a millisecond and when the
 * clock steps back. Begin with zeros.
 */
typedef struct
{
  guint8 last[FOREMAN_ULID_SIZE];
} ForemanUlidGenerator;

gboolean foreman_ulid_generator_seed (ForemanUlidGenerator *generator, const char *ulid);
char *foreman_ulid_generator_next (ForemanUlidGenerator *generator, gint64 real_time);

char *foreman_ulid_new_string (void);
gboolean foreman_ulid_is_valid (const char *text);
gboolean foreman_ulid_parse (const char *text, guint8 *bytes);
char *foreman_ulid_to_string (const guint8 *bytes);
gint64 foreman_ulid_get_real_time (const char *ulid);

G_END_DECLS
