/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanJobFields:
 * @endpoint: (owned) (nullable): `--endpoint`
 * @group: (owned) (nullable): `--group`
 * @priority: (owned) (nullable): `--priority`
 * @delay: (owned) (nullable): `--delay`
 * @run_at: (owned) (nullable): `--run-at`
 * @after: (owned) (nullable): each `--after`
 * @labels: (owned) (nullable): each `--label`
 * @webhook: (owned) (nullable): `--webhook`
 * @max_attempts: (owned) (nullable): `--max-attempts`
 * @timeout: (owned) (nullable): `--timeout`
 * @ttl: (owned) (nullable): `--ttl`
 * @if_missing: (owned) (nullable): `--if-missing`
 * @idempotency_key: (owned) (nullable): `--idempotency-key`
 *
 * What a command line says about a job, beyond its request. Zero it first.
 */
typedef struct
{
  char *endpoint;
  char *group;
  char *priority;
  char *delay;
  char *run_at;
  GStrv after;
  GStrv labels;
  char *webhook;
  char *max_attempts;
  char *timeout;
  char *ttl;
  char *if_missing;
  char *idempotency_key;
} ForemanJobFields;

void foreman_job_fields_add_options (ForemanJobFields *fields, GOptionContext *context);
gboolean foreman_job_fields_check (ForemanJobFields *fields, GError **error);
void foreman_job_fields_append (const ForemanJobFields *fields, GString *json);
void foreman_job_fields_clear (ForemanJobFields *fields);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ForemanJobFields, foreman_job_fields_clear)

G_END_DECLS
