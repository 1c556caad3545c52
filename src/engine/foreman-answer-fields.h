/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanAnswerUsage:
 * @prompt_tokens: tokens read
 * @completion_tokens: tokens written
 * @load_duration: µs of loading the model
 * @prompt_duration: µs of reading
 * @completion_duration: µs of writing
 *
 * What an answer says about its cost. -1 where it does not say.
 */
typedef struct
{
  gint64 prompt_tokens;
  gint64 completion_tokens;
  gint64 load_duration;
  gint64 prompt_duration;
  gint64 completion_duration;
} ForemanAnswerUsage;

#define FOREMAN_ANSWER_USAGE_INIT                                                                  \
  {                                                                                                \
    -1, -1, -1, -1, -1                                                                             \
  }

#define FOREMAN_ANSWER_FIELDS_LEVELS  3
#define FOREMAN_ANSWER_FIELDS_CAPTURE 40

/**
 * ForemanAnswerFields:
 * @usage: what the value said; kept from one value to the next
 * @type: the value's `type`; empty if it has none
 * @is_done: whether it said `"done":true`
 * @is_not_done: whether it said `"done":false`
 * @is_error: whether it has an `error` that is not `null`
 * @has_choice: whether its `choices` are not empty
 * @has_finished: whether a choice has its `finish_reason`
 * @is_whole: whether the value has come to its end
 *
 * Reads a few members out of one JSON value that comes in pieces, in constant memory. What else the
 * value holds is passed over and not kept. The other fields are private.
 */
typedef struct
{
  ForemanAnswerUsage usage;
  char type[FOREMAN_ANSWER_FIELDS_CAPTURE];
  gboolean is_done;
  gboolean is_not_done;
  gboolean is_error;
  gboolean has_choice;
  gboolean has_finished;
  gboolean is_whole;

  guint depth;
  guint8 keys[FOREMAN_ANSWER_FIELDS_LEVELS + 1];
  gboolean is_object[FOREMAN_ANSWER_FIELDS_LEVELS + 1];
  gboolean wants_key;
  gboolean in_string;
  gboolean is_key;
  gboolean is_escaped;
  gboolean is_cut;
  char capture[FOREMAN_ANSWER_FIELDS_CAPTURE];
  guint captured;
} ForemanAnswerFields;

void foreman_answer_fields_init (ForemanAnswerFields *fields);
void foreman_answer_fields_reset (ForemanAnswerFields *fields);
void foreman_answer_fields_feed (ForemanAnswerFields *fields, const char *data, gsize length);

G_END_DECLS
