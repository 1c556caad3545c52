/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-options.h"
#include "sim-surface.h"

G_BEGIN_DECLS

typedef enum
{
  SIM_TOKEN_THINKING,
  SIM_TOKEN_CONTENT,
  SIM_TOKEN_SILENT, /* part of a tool call: parsed, not shown */
  SIM_TOKEN_CALL,   /* the last of a tool call */
  SIM_TOKEN_END,    /* the model has nothing more to say */
} SimTokenKind;

/* What a model is going to say: decided by model, prompt and sampling options alone. */
typedef struct
{
  const SimSpec *spec;
  guint64 seed;
  guint thinking;       /* tokens */
  guint answer;         /* tokens; 0: endless */
  guint loop_at;        /* from here on one word, 0: never */
  GPtrArray *script;    /* (owned) (nullable) tokens of an answer that must be JSON */
  char *call_name;      /* (owned) (nullable) */
  char *call_arguments; /* (owned) (nullable) */
  guint call_tokens;
} SimPlan;

void
sim_plan_init (SimPlan *plan, const SimSpec *spec, const SimOptions *options, const char *prompt);
void sim_plan_clear (SimPlan *plan);
void sim_plan_think (SimPlan *plan);
void sim_plan_write_json (SimPlan *plan, const SimJson *schema);
void sim_plan_consider_tools (SimPlan *plan, const SimJson *tools, const SimJson *messages);
SimTokenKind sim_plan_next (const SimPlan *plan, guint index, GString *text);
SimTokenProbability *
sim_plan_probability (const SimPlan *plan, guint index, const char *text, int top);
SimToolCall *sim_plan_call (const SimPlan *plan);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SimPlan, sim_plan_clear)

G_END_DECLS
