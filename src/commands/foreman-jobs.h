/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-client-options.h"
#include "commands/foreman-filter.h"

G_BEGIN_DECLS

/**
 * ForemanJobs:
 * @command: the name of the command, `foreman jobs`
 * @common: what every command takes
 * @filter: which jobs
 * @limit: how many at most; 0: all
 * @watch: `--watch`
 * @all: `--all`
 * @dry_run: `--dry-run`
 * @client: (owned): whom to ask
 *
 * What a command line of `foreman jobs` says. Zero it first.
 */
typedef struct
{
  const char *command;
  ForemanClientOptions common;
  ForemanFilter filter;
  int limit;
  gboolean watch;
  gboolean all;
  gboolean dry_run;
  ForemanClient *client;
} ForemanJobs;

ForemanExit foreman_jobs_list (ForemanJobs *jobs);
ForemanExit foreman_jobs_show (ForemanJobs *jobs, char **ids);
gboolean foreman_jobs_is_action (const char *name);
ForemanExit foreman_jobs_act (ForemanJobs *jobs, const char *name, char **ids);

G_END_DECLS
