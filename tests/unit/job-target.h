/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An Ollama in the same process, as far as jobs see it: each of its answers can be scripted, and it
 * can go away and come back. Its threads wake the main loop whenever something has happened. */
typedef struct JobTarget JobTarget;

/* Says the whole answer, head and all. @body: the request's */
typedef void (*JobTargetScript) (JobTarget *target, int fd, const char *body);

JobTarget *job_target_new (const char *path);
void job_target_free (JobTarget *target);
char *job_target_dup_url (JobTarget *target);

void job_target_start (JobTarget *target); /* it runs when it is made */
void job_target_stop (JobTarget *target);

void job_target_set_installed (JobTarget *target, const char *models); /* by commas */
void job_target_set_resident (JobTarget *target, const char *models);
/* Whether it answers nothing but inferences. */
void job_target_set_deaf (JobTarget *target, gboolean is_deaf);
/* What the next inference is answered with; without any: job_target_answer. */
void job_target_push (JobTarget *target, JobTargetScript script);

guint job_target_count_runs (JobTarget *target);            /* inferences that came */
guint job_target_count_held (JobTarget *target);            /* that are held now */
guint job_target_count_left (JobTarget *target);            /* whose client left while held */
char *job_target_dup_prompt (JobTarget *target, guint nth); /* what came, in order */

/* Scripts */
void job_target_answer (JobTarget *target, int fd, const char *body);
void job_target_hold_before (JobTarget *target, int fd, const char *body);
void job_target_hold_within (JobTarget *target, int fd, const char *body);
void job_target_trickle (JobTarget *target, int fd, const char *body); /* a word, held, a word, … */
void job_target_release (JobTarget *target); /* lets all that are held go on */
void job_target_break (JobTarget *target);   /* closes all that are held */
void job_target_reset_within (JobTarget *target, int fd, const char *body);
void job_target_end_early (JobTarget *target, int fd, const char *body);
void job_target_say_nothing (JobTarget *target, int fd, const char *body);
void job_target_say_400 (JobTarget *target, int fd, const char *body);
void job_target_say_404 (JobTarget *target, int fd, const char *body);
void job_target_say_500 (JobTarget *target, int fd, const char *body);
void job_target_say_429 (JobTarget *target, int fd, const char *body);
void job_target_say_much (JobTarget *target, int fd, const char *body);

/* What job_target_answer says, and job_target_say_much at its beginning. */
#define JOB_TARGET_TEXT    "Hello there"
#define JOB_TARGET_TRICKLE 3 /* so often it can be released */
#define JOB_TARGET_MUCH    (16 * 1024 * 1024)

G_END_DECLS
