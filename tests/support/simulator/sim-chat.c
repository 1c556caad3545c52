/* SPDX-License-Identifier: MIT */
#include "sim-job.h"
#include "sim-server.h"
#include "sim-template.h"
#include "sim-v1.h"
#include "sim-write.h"

/* POST /api/chat, and what the /v1 routes turn into. */

static gboolean
read_common (SimJob *job)
{
  double top = sim_json_get_number (job->request, "top_logprobs", 0);

  job->streaming = sim_json_get_boolean (job->request, "stream", TRUE);
  if (sim_json_get_boolean (job->request, "logprobs", FALSE))
    job->logprobs = (int) top;
  if (top >= 0 && top <= 20)
    return TRUE;
  sim_reply_error (job->x, 400, "top_logprobs must be between 0 and 20");
  return FALSE;
}

static gboolean
is_unload (const SimJob *job)
{
  gint64 keep_alive;

  return sim_request_keep_alive (job->request, &keep_alive) && keep_alive == 0;
}

static gboolean
is_remote (SimJob *job)
{
  if (job->model->spec->remote_host == NULL)
    return FALSE;
  sim_refuse_cloud (job->x, "remote model is unavailable");
  return TRUE;
}

void
sim_handle_chat (SimExchange *x)
{
  g_auto (SimJob) job = { 0 };
  const SimJson *root = NULL, *messages, *tools;
  gboolean think;

  sim_job_init (&job, x, NULL, "");
  if (!sim_request_decode (x, &sim_schema_chat, &root))
    return;
  job.request = root;
  job.name = sim_json_get_string (root, "model");
  messages = sim_json_get_kind (root, "messages", SIM_JSON_ARRAY);
  tools = sim_json_get_kind (root, "tools", SIM_JSON_ARRAY);
  if (!read_common (&job) || sim_job_find_model (&job, 400, "model is required") != SIM_JOB_RUNS)
    return;
  if ((messages == NULL || messages->count == 0) && is_unload (&job))
    {
      sim_scheduler_expire (x->server->scheduler, job.model);
      sim_job_answer_loaded (&job, "unload");
      return;
    }
  if (is_remote (&job) ||
      sim_job_check_think (&job, sim_v1_is_messages (x), &think) != SIM_JOB_RUNS ||
      sim_job_schedule (&job, tools != NULL && tools->count > 0 ? SIM_CAN_TOOLS : 0, "chat") !=
          SIM_JOB_RUNS)
    return;
  if (messages == NULL || messages->count == 0)
    {
      sim_job_answer_loaded (&job, "load");
      return;
    }
  job.prompt = sim_prompt_render (job.model, root, job.options.load.num_ctx);
  if (sim_json_get_boolean (root, "_debug_render_only", FALSE))
    {
      sim_job_answer_rendered (&job);
      return;
    }
  sim_plan_init (&job.plan, job.model->spec, &job.options, job.prompt);
  if (think)
    sim_plan_think (&job.plan);
  sim_plan_consider_tools (&job.plan, tools, messages);
  if (sim_job_check_format (&job))
    sim_job_run (&job);
}

/* FALSE: the prompt could not be made, and the answer has said so. */
static gboolean
render_generate (SimJob *job)
{
  const SimJson *root = job->request;
  const SimJson *images = sim_json_get_kind (root, "images", SIM_JSON_ARRAY);
  const SimJson *context = sim_json_get_kind (root, "context", SIM_JSON_ARRAY);
  const char *system = sim_json_get_string (root, "system");
  const char *prompt = sim_json_get_string (root, "prompt");
  g_autofree char *rendered = NULL, *problem = NULL;

  job->with_context = !sim_json_get_boolean (root, "raw", FALSE);
  problem = sim_template_error (sim_json_get_string (root, "template"));
  if (problem != NULL)
    {
      sim_reply_error (job->x, 500, problem);
      return FALSE;
    }
  if (!job->with_context)
    {
      job->prompt = g_strdup (prompt);
      return TRUE;
    }
  rendered = sim_prompt_render_one (job->model, *system != '\0' ? system : job->model->spec->system,
                                    prompt, images != NULL ? images->count : 0);
  if (context != NULL)
    job->prompt = g_strdup_printf ("%.*s%s", (int) context->raw_length, context->raw, rendered);
  else
    job->prompt = g_steal_pointer (&rendered);
  return TRUE;
}

static gboolean
raw_conflicts (const SimJson *root)
{
  const SimJson *context = sim_json_get_kind (root, "context", SIM_JSON_ARRAY);

  return sim_json_get_boolean (root, "raw", FALSE) &&
         (*sim_json_get_string (root, "template") != '\0' ||
          *sim_json_get_string (root, "system") != '\0' || (context != NULL && context->count > 0));
}

/* Checks a generate request up to the point where it runs. */
static gboolean
begin_generate (SimJob *job, gboolean *think)
{
  SimExchange *x = job->x;
  const SimJson *root = job->request;
  g_autofree char *missing = g_strdup_printf ("model '%s' not found", job->name);
  gboolean empty = *sim_json_get_string (root, "prompt") == '\0';
  gboolean insert = *sim_json_get_string (root, "suffix") != '\0';

  if (!read_common (job) || sim_job_find_model (job, 404, missing) != SIM_JOB_RUNS ||
      is_remote (job))
    return FALSE;
  if (empty && is_unload (job))
    {
      sim_scheduler_expire (x->server->scheduler, job->model);
      sim_job_answer_loaded (job, "unload");
      return FALSE;
    }
  if (raw_conflicts (root))
    {
      sim_reply_error (x, 400, "raw mode does not support template, system, or context");
      return FALSE;
    }
  if (sim_job_check_think (job, FALSE, think) != SIM_JOB_RUNS ||
      sim_job_schedule (job, insert ? SIM_CAN_INSERT : 0, "generate") != SIM_JOB_RUNS)
    return FALSE;
  if (!empty)
    return TRUE;
  sim_job_answer_loaded (job, "load");
  return FALSE;
}

/* POST /api/generate */
void
sim_handle_generate (SimExchange *x)
{
  g_auto (SimJob) job = { 0 };
  const SimJson *root = NULL;
  gboolean think = FALSE;

  sim_job_init (&job, x, NULL, "");
  if (!sim_request_decode (x, &sim_schema_generate, &root))
    return;
  job.request = root;
  job.name = sim_json_get_string (root, "model");
  if (!begin_generate (&job, &think) || !render_generate (&job))
    return;
  if (sim_json_get_boolean (root, "_debug_render_only", FALSE))
    {
      sim_job_answer_rendered (&job);
      return;
    }
  sim_plan_init (&job.plan, job.model->spec, &job.options, job.prompt);
  if (think)
    sim_plan_think (&job.plan);
  if (sim_job_check_format (&job))
    sim_job_run (&job);
}
