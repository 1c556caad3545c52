/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * FOREMAN_JOB_OUTPUT_SIZE:
 *
 * As many bytes of a text are kept, from its end.
 */
#define FOREMAN_JOB_OUTPUT_SIZE (256 * 1024)

/**
 * ForemanJobOutput:
 *
 * The last of a text that grows, for who comes to it late.
 */
typedef struct _ForemanJobOutput ForemanJobOutput;

ForemanJobOutput *foreman_job_output_new (void);
void foreman_job_output_free (ForemanJobOutput *self);
guint64 foreman_job_output_append (ForemanJobOutput *self, const char *text);
char *foreman_job_output_dup (ForemanJobOutput *self, guint64 *offset);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanJobOutput, foreman_job_output_free)

G_END_DECLS
