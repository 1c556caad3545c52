/* SPDX-License-Identifier: MIT */
#pragma once

#include "jobs/foreman-job-call.h"
#include "jobs/foreman-job-output.h"
#include "jobs/foreman-job-partial.h"
#include "jobs/foreman-job-run.h"

G_BEGIN_DECLS

/* What only the run's own files know of each other. */

struct _ForemanJobRun
{
  GObject parent_instance;

  ForemanJobContext *context; /* (owned) */
  ForemanJobRecord *job;      /* (owned): as it was claimed */
  ForemanEndpoint endpoint;
  ForemanModelName *model; /* (owned) (nullable) */
  GBytes *request;         /* (owned) (nullable): until it was sent */
  GError *request_error;   /* (owned) (nullable): why it cannot be sent */
  gboolean is_blank;       /* it asks for no text */
  gboolean is_large;       /* it is only read when it is needed */
  ForemanJobPhase phase;
  GCancellable *cancellable; /* (owned): of what is waited for before and after the call */
  GCancellable *patience;    /* (owned): of the waiting for a store that takes no result */

  ForemanTicket *ticket;      /* (owned) (nullable): while it has a place at the gate */
  ForemanJobCall *call;       /* (owned) (nullable) */
  ForemanJobPartial *partial; /* (owned) (nullable): while it runs */
  ForemanJobOutput *output;   /* (owned) */
  gboolean is_cold;           /* the model was not resident */
  gboolean begin_is_lost;     /* the store could not take that it was begun */
  gint64 begun_at;            /* monotonic, as all times here */
  gint64 first_byte_at;       /* 0: none */
  gint64 heard_at;            /* by the boottime: something came from the target; 0: never */
  gint64 progress_at;
  guint timeout_timer;

  ForemanJobVerdict verdict;
  gint64 run_time;          /* µs, once it is stored */
  ForemanAnswerUsage usage; /* then */
  char *error;              /* (owned) (nullable) */
};

/* foreman-job-run.c */
void foreman_job_run_set_phase (ForemanJobRun *self, ForemanJobPhase phase);
void foreman_job_run_emit_progress (ForemanJobRun *self);
void foreman_job_run_emit_output (ForemanJobRun *self, const char *text, guint64 offset);

/* foreman-job-run-call.c: while it runs */
void foreman_job_run_begin (ForemanJobRun *self);
void foreman_job_run_leave_target (ForemanJobRun *self);

/* foreman-job-run-end.c: how it ends */
void foreman_job_run_conclude (ForemanJobRun *self, const ForemanJobEvidence *evidence);

G_END_DECLS
