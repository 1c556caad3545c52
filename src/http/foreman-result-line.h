/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-job-record.h"

G_BEGIN_DECLS

/* The artifact that a line has as its body. */
#define FOREMAN_RESULT_ARTIFACT "completion"

gboolean foreman_result_line_begin (GString *text, const ForemanJobRecord *job);
void foreman_result_line_append_piece (GString *text, const ForemanJobRecord *job, GBytes *piece);
void foreman_result_line_end (GString *text, const ForemanJobRecord *job);

G_END_DECLS
