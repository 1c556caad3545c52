/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Counters, gauges and the journal: what the simulator saw, for tests to assert on. Thread-safe. */

typedef enum
{
  SIM_STAGE_READING,
  SIM_STAGE_QUEUED,
  SIM_STAGE_LOADING,
  SIM_STAGE_PREFILL,
  SIM_STAGE_STREAMING,
  SIM_STAGE_ANSWERING,
  SIM_N_STAGES,
} SimStage;

typedef enum
{
  SIM_CLASS_OTHER,
  SIM_CLASS_CHAT,
  SIM_CLASS_EMBED,
} SimClass;

typedef enum
{
  /* gauges: requests in each stage, in SimStage's order */
  SIM_METRIC_READING,
  SIM_METRIC_QUEUED,
  SIM_METRIC_LOADING,
  SIM_METRIC_PREFILL,
  SIM_METRIC_STREAMING,
  SIM_METRIC_ANSWERING,
  SIM_METRIC_HELD,
  SIM_METRIC_LOADED,
  SIM_METRIC_CONNECTIONS_OPEN,
  /* gauges with a maximum, which follows each */
  SIM_METRIC_CHAT_IN_FLIGHT,
  SIM_METRIC_CHAT_IN_FLIGHT_MAX,
  SIM_METRIC_CHAT_RUNNING,
  SIM_METRIC_CHAT_RUNNING_MAX,
  SIM_METRIC_EMBED_IN_FLIGHT,
  SIM_METRIC_EMBED_IN_FLIGHT_MAX,
  SIM_METRIC_EMBED_RUNNING,
  SIM_METRIC_EMBED_RUNNING_MAX,
  /* counters */
  SIM_METRIC_REQUESTS,
  SIM_METRIC_ANSWERED,
  SIM_METRIC_FAULTED,
  SIM_METRIC_ABORTED,
  SIM_METRIC_ABORTED_READING,
  SIM_METRIC_ABORTED_QUEUED,
  SIM_METRIC_ABORTED_LOADING,
  SIM_METRIC_ABORTED_PREFILL,
  SIM_METRIC_ABORTED_STREAMING,
  SIM_METRIC_ABORTED_ANSWERING,
  SIM_METRIC_CONNECTIONS,
  SIM_METRIC_LOADS,
  SIM_METRIC_LOADS_ABORTED,
  SIM_METRIC_RELOADS,
  SIM_METRIC_EVICTIONS,
  SIM_METRIC_EXPIRATIONS,
  SIM_METRIC_UNLOADS,
  SIM_METRIC_QUEUE_FULL,
  SIM_METRIC_TOKENS,
  SIM_METRIC_CACHED_TOKENS,
  SIM_N_METRICS,
} SimMetric;

#define SIM_FIRST_PEAKED  SIM_METRIC_CHAT_IN_FLIGHT
#define SIM_FIRST_COUNTER SIM_METRIC_REQUESTS

typedef struct _SimStats SimStats;

/* One request of the journal; its fields are read and written under the lock of its SimStats. */
typedef struct
{
  gint refs;
  guint64 id;
  guint64 connection;
  char *head; /* (owned) (nullable) the request's head as it came */
  char *method;
  char *path;
  char *model; /* (owned) (nullable) */
  SimClass class;
  SimStage stage;
  gboolean in_flight;
  gint64 start, end; /* monotonic, µs; end 0 while under way */
  guint64 body_bytes;
  char digest[65];     /* SHA-256 of the body */
  GByteArray *excerpt; /* (owned) its first 4 KiB */
  int status;
  guint64 answer_bytes;
  guint64 chunks;
  char *outcome; /* (owned) (nullable) */
} SimRecord;

SimStats *sim_stats_new (guint journal_limit);
void sim_stats_free (SimStats *stats);
void sim_stats_add (SimStats *stats, SimMetric metric, gint64 amount);
gint64 sim_stats_get (SimStats *stats, SimMetric metric);
void sim_stats_reset (SimStats *stats);
void sim_stats_stop (SimStats *stats);

gboolean sim_metric_from_name (const char *name, SimMetric *metric);
gboolean sim_stats_wait (SimStats *stats,
                         SimMetric metric,
                         char comparison,
                         gint64 count,
                         gint64 deadline,
                         gint64 *seen);
void sim_stats_write (SimStats *stats, GString *out);
void sim_stats_write_journal (SimStats *stats,
                              guint64 after,
                              gint64 limit,
                              const char *path,
                              GString *out);

SimRecord *sim_record_new (SimStats *stats,
                           guint64 connection,
                           const char *head,
                           const char *method,
                           const char *path);
void sim_record_set_class (SimStats *stats, SimRecord *record, SimClass class, const char *model);
void sim_record_set_body (SimStats *stats, SimRecord *record, guint64 bytes, const char *digest);
void sim_record_add_excerpt (SimStats *stats, SimRecord *record, const guint8 *data, gsize length);
void sim_record_set_stage (SimStats *stats, SimRecord *record, SimStage stage);
void sim_record_leave_flight (SimStats *stats, SimRecord *record);
void sim_record_set_running (SimStats *stats, SimRecord *record, gboolean running);
void sim_record_finish (SimStats *stats,
                        SimRecord *record,
                        int status,
                        guint64 answer_bytes,
                        guint64 chunks,
                        const char *outcome);

G_END_DECLS
