/* SPDX-License-Identifier: MIT */
#include "commands/foreman-client-commands.h"
#include "commands/foreman-jobs.h"

#define DEFAULT_LIMIT 50

static const char summary[] =
    "  jobs                lists them, the newest first\n"
    "  jobs ID…            shows all about them\n"
    "  jobs cancel ID…     has them not done any more\n"
    "  jobs retry ID…      queues failed, cancelled and held ones again\n"
    "  jobs output ID…     prints their answers, or what of them is there\n"
    "  jobs purge ID…      removes those that are over\n\n"
    "Instead of ids, --group, --state, --model and --label choose, or --all.";

static void
jobs_clear (ForemanJobs *jobs)
{
  foreman_client_options_clear (&jobs->common);
  foreman_filter_clear (&jobs->filter);
  foreman_client_free (jobs->client);
}

static int
run (ForemanJobs *jobs, int argc, char **argv)
{
  const char *word = argc > 1 ? argv[1] : NULL;
  gboolean is_action = word != NULL && foreman_jobs_is_action (word);

  if (jobs->watch && word != NULL)
    return foreman_command_usage_error (
        jobs->command, "--watch is for lists; \"foreman wait ID\" waits for a job");
  if (jobs->limit < 0)
    return foreman_command_usage_error (jobs->command, "--limit is a number of jobs, or 0 for all");
  if (!is_action && (jobs->all || jobs->dry_run))
    return foreman_command_usage_error (jobs->command,
                                        "--all and --dry-run go with cancel, retry and purge");
  if (is_action)
    return foreman_jobs_act (jobs, word, argv + 2);
  return word != NULL ? foreman_jobs_show (jobs, argv + 1) : foreman_jobs_list (jobs);
}

/**
 * foreman_command_jobs:
 * @argc: the number of arguments
 * @argv: the arguments, from the command's name on
 *
 * `foreman jobs [ID…]`, `foreman jobs cancel|retry|output|purge ID…`.
 *
 * Returns: the exit code
 */
int
foreman_command_jobs (int argc, char **argv)
{
  ForemanJobs jobs = { .command = argv[0], .limit = DEFAULT_LIMIT };
  g_autoptr (GError) error = NULL;
  int code = FOREMAN_EXIT_USAGE;
  const GOptionEntry entries[] = {
    { "limit", 'n', 0, G_OPTION_ARG_INT, &jobs.limit, "So many at most (50); 0: all", "N" },
    { "watch", 0, 0, G_OPTION_ARG_NONE, &jobs.watch, "Show what changes, until Ctrl-C", NULL },
    { "all", 0, 0, G_OPTION_ARG_NONE, &jobs.all, "cancel, retry, purge: every one", NULL },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &jobs.dry_run, "cancel, retry, purge: only count them",
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  GOptionContext *context =
      foreman_client_options_new_context (&jobs.common, entries,
                                          "[cancel|retry|output|purge] [ID…]", summary);

  foreman_filter_add_options (&jobs.filter, context);
  if (foreman_client_options_parse (&jobs.common, context, &argc, &argv))
    {
      jobs.client = foreman_client_new_from_login (&error);
      code =
          jobs.client != NULL ? run (&jobs, argc, argv) : (int) foreman_client_fail (NULL, error);
    }
  jobs_clear (&jobs);
  return code;
}
