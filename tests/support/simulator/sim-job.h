/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-handlers.h"
#include "sim-plan.h"
#include "sim-scheduler.h"
#include "sim-surface.h"

G_BEGIN_DECLS

/* One chat or completion on its way through the model. */
typedef struct
{
  SimExchange *x;
  const SimJson *request; /* in the native form */
  const char *name;       /* the model, as the request calls it */
  SimModel *model;        /* (owned) */
  SimRunner *runner;      /* (owned) (nullable) */
  SimOptions options;
  SimPlan plan;
  char *prompt; /* (owned) (nullable) */
  gboolean streaming;
  gboolean with_context; /* generate: the last chunk lists the tokens */
  int logprobs;          /* -1: none wanted, else how many alternatives */
  gint64 started;        /* monotonic ns */
  gint64 loaded;

  /* private to sim-job.c */
  int slot;
  gboolean running;
  SimChunk *whole; /* (owned) (nullable) the answer so far, where it is not streamed */
  GString *said;
  GString *held; /* what may be the beginning of a stop sequence */
  char *last;
  int repeats;
  guint index;
  guint shown;
  int prompt_tokens;
  gint64 prompt_duration;
  gint64 first_token;
} SimJob;

typedef enum
{
  SIM_JOB_RUNS,
  SIM_JOB_REFUSED, /* the answer has been given */
} SimJobState;

void sim_job_init (SimJob *job, SimExchange *x, const SimJson *request, const char *name);
void sim_job_clear (SimJob *job);
SimJobState sim_job_find_model (SimJob *job, int missing_status, const char *missing);
SimJobState sim_job_check_think (SimJob *job, gboolean relaxed, gboolean *think);
SimJobState sim_job_schedule (SimJob *job, SimCapabilities wanted, const char *verb);
void sim_job_answer_loaded (SimJob *job, const char *reason);
void sim_job_answer_rendered (SimJob *job);
void sim_job_run (SimJob *job);
gboolean sim_job_check_format (SimJob *job);
char *sim_prompt_render (const SimModel *model, const SimJson *request, gint64 num_ctx);
char *
sim_prompt_render_one (const SimModel *model, const char *system, const char *user, guint images);

/* The errors of scheduling, for embeddings too. */
gboolean sim_reply_acquisition (SimExchange *x, SimAcquisition result, const char *error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SimJob, sim_job_clear)

G_END_DECLS
