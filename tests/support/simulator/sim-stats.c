/* SPDX-License-Identifier: MIT */
#include "sim-stats.h"

#include <string.h>

#include "sim-write.h"

#define EXCERPT_BYTES 4096

struct _SimStats
{
  GMutex mutex;
  GCond changed;
  guint waiters;
  gboolean stopping;
  gint64 values[SIM_N_METRICS];
  GQueue journal; /* (owned) SimRecord, oldest first */
  guint limit;
  guint64 last_id;
};

static const char *const metric_names[SIM_N_METRICS] = {
  "reading",
  "queued",
  "loading",
  "prefill",
  "streaming",
  "answering",
  "held",
  "loaded",
  "connections_open",
  "chat_in_flight",
  "chat_in_flight_max",
  "chat_running",
  "chat_running_max",
  "embed_in_flight",
  "embed_in_flight_max",
  "embed_running",
  "embed_running_max",
  "requests",
  "answered",
  "faulted",
  "aborted",
  "aborted_reading",
  "aborted_queued",
  "aborted_loading",
  "aborted_prefill",
  "aborted_streaming",
  "aborted_answering",
  "connections",
  "loads",
  "loads_aborted",
  "reloads",
  "evictions",
  "expirations",
  "unloads",
  "queue_full",
  "tokens",
  "cached_tokens",
};

static const char *const class_names[] = { "other", "chat", "embed" };

SimStats *
sim_stats_new (guint journal_limit)
{
  SimStats *stats = g_new0 (SimStats, 1);

  g_mutex_init (&stats->mutex);
  g_cond_init (&stats->changed);
  stats->limit = journal_limit;
  return stats;
}

static void
record_unref (gpointer data)
{
  SimRecord *record = data;

  if (--record->refs > 0)
    return;
  g_free (record->head);
  g_free (record->method);
  g_free (record->path);
  g_free (record->model);
  g_free (record->outcome);
  g_byte_array_unref (record->excerpt);
  g_free (record);
}

void
sim_stats_free (SimStats *stats)
{
  g_queue_clear_full (&stats->journal, record_unref);
  g_mutex_clear (&stats->mutex);
  g_cond_clear (&stats->changed);
  g_free (stats);
}

static void
add (SimStats *stats, SimMetric metric, gint64 amount)
{
  stats->values[metric] += amount;
  if (metric >= SIM_FIRST_PEAKED && metric < SIM_FIRST_COUNTER)
    stats->values[metric + 1] = MAX (stats->values[metric + 1], stats->values[metric]);
  if (stats->waiters > 0)
    g_cond_broadcast (&stats->changed);
}

void
sim_stats_add (SimStats *stats, SimMetric metric, gint64 amount)
{
  g_mutex_lock (&stats->mutex);
  add (stats, metric, amount);
  g_mutex_unlock (&stats->mutex);
}

gint64
sim_stats_get (SimStats *stats, SimMetric metric)
{
  gint64 value;

  g_mutex_lock (&stats->mutex);
  value = stats->values[metric];
  g_mutex_unlock (&stats->mutex);
  return value;
}

/* Forgets the journal and the counters; gauges stay, maxima start again from them. */
void
sim_stats_reset (SimStats *stats)
{
  g_mutex_lock (&stats->mutex);
  memset (stats->values + SIM_FIRST_COUNTER, 0,
          sizeof (gint64) * (SIM_N_METRICS - SIM_FIRST_COUNTER));
  for (guint i = SIM_FIRST_PEAKED; i < SIM_FIRST_COUNTER; i += 2)
    stats->values[i + 1] = stats->values[i];
  g_queue_clear_full (&stats->journal, record_unref);
  g_mutex_unlock (&stats->mutex);
}

/* Lets everyone who waits go. */
void
sim_stats_stop (SimStats *stats)
{
  g_mutex_lock (&stats->mutex);
  stats->stopping = TRUE;
  g_cond_broadcast (&stats->changed);
  g_mutex_unlock (&stats->mutex);
}

gboolean
sim_metric_from_name (const char *name, SimMetric *metric)
{
  for (guint i = 0; i < SIM_N_METRICS; i++)
    if (g_str_equal (name, metric_names[i]))
      {
        *metric = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
holds (gint64 value, char comparison, gint64 count)
{
  return comparison == '>' ? value >= count : comparison == '<' ? value <= count : value == count;
}

/* Waits until @metric is at least ('>'), at most ('<') or exactly ('=') @count. */
gboolean
sim_stats_wait (SimStats *stats,
                SimMetric metric,
                char comparison,
                gint64 count,
                gint64 deadline,
                gint64 *seen)
{
  gboolean met;

  g_mutex_lock (&stats->mutex);
  stats->waiters++;
  while (!(met = holds (stats->values[metric], comparison, count)) && !stats->stopping)
    if (!g_cond_wait_until (&stats->changed, &stats->mutex, deadline))
      {
        met = holds (stats->values[metric], comparison, count);
        break;
      }
  stats->waiters--;
  *seen = stats->values[metric];
  g_mutex_unlock (&stats->mutex);
  return met;
}

void
sim_stats_write (SimStats *stats, GString *out)
{
  g_mutex_lock (&stats->mutex);
  sim_write_open (out, '{');
  for (guint i = 0; i < SIM_N_METRICS; i++)
    sim_write_member_int (out, metric_names[i], stats->values[i]);
  sim_write_close (out, '}');
  g_mutex_unlock (&stats->mutex);
}

static void
write_headers (const char *head, GString *out)
{
  g_auto (GStrv) lines = g_strsplit (head, "\n", -1);

  sim_write_key (out, "headers");
  sim_write_open (out, '[');
  for (guint i = lines[0] != NULL; lines[i] != NULL; i++)
    {
      char *colon = strchr (lines[i], ':');

      if (colon == NULL)
        continue;
      *colon = '\0';
      sim_write_open (out, '[');
      sim_write_string (out, lines[i]);
      sim_write_string (out, g_strstrip (colon + 1));
      sim_write_close (out, ']');
    }
  sim_write_close (out, ']');
}

/* The request target as it came, between the spaces of the request line. */
static void
write_target (const char *head, GString *out)
{
  const char *start = head + strcspn (head, " \n");
  const char *target = start + strspn (start, " ");
  g_autofree char *text = g_strndup (target, strcspn (target, " \r\n"));
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  sim_write_member (out, "target", valid);
}

static void
write_excerpt (const GByteArray *excerpt, GString *out)
{
  g_autofree char *text = NULL;

  if (excerpt->len > 0)
    text = g_utf8_make_valid ((const char *) excerpt->data, (gssize) excerpt->len);
  sim_write_string (out, text != NULL ? text : "");
}

static void
write_record (const SimRecord *record, GString *out)
{
  sim_write_open (out, '{');
  sim_write_member_int (out, "id", (gint64) record->id);
  sim_write_member_int (out, "connection", (gint64) record->connection);
  sim_write_member (out, "method", record->method);
  sim_write_member (out, "path", record->path);
  if (record->head != NULL)
    {
      write_target (record->head, out);
      write_headers (record->head, out);
    }
  sim_write_member (out, "class", class_names[record->class]);
  sim_write_member (out, "model", record->model);
  sim_write_member_int (out, "body_bytes", (gint64) record->body_bytes);
  sim_write_member (out, "body_sha256", record->digest);
  sim_write_key (out, "body");
  write_excerpt (record->excerpt, out);
  sim_write_key (out, "start");
  sim_write_double (out, (double) record->start / 1000.0);
  sim_write_key (out, "end");
  if (record->end != 0)
    sim_write_double (out, (double) record->end / 1000.0);
  else
    sim_write_raw (out, "null", 4);
  sim_write_member (out, "stage", metric_names[record->stage]);
  sim_write_member (out, "outcome", record->outcome);
  sim_write_member_int (out, "status", record->status);
  sim_write_member_int (out, "answer_bytes", (gint64) record->answer_bytes);
  sim_write_member_int (out, "chunks", (gint64) record->chunks);
  sim_write_close (out, '}');
}

/* The newest @limit records with an id above @after (and that path), oldest first. */
void
sim_stats_write_journal (SimStats *stats,
                         guint64 after,
                         gint64 limit,
                         const char *path,
                         GString *out)
{
  GList *from = NULL;

  g_mutex_lock (&stats->mutex);
  for (GList *l = stats->journal.tail; l != NULL && limit > 0; l = l->prev)
    {
      SimRecord *record = l->data;

      if (record->id <= after)
        break;
      if (path == NULL || g_str_equal (record->path, path))
        {
          limit--;
          from = l;
        }
    }
  sim_write_open (out, '[');
  for (GList *l = from; l != NULL; l = l->next)
    if (path == NULL || g_str_equal (((SimRecord *) l->data)->path, path))
      write_record (l->data, out);
  sim_write_close (out, ']');
  g_mutex_unlock (&stats->mutex);
}

static void
trim_journal (SimStats *stats)
{
  while (stats->journal.length > stats->limit)
    record_unref (g_queue_pop_head (&stats->journal));
}

/* A request whose head has been read. The caller ends it with sim_record_finish(), which takes its
 * reference. */
SimRecord *
sim_record_new (SimStats *stats,
                guint64 connection,
                const char *head,
                const char *method,
                const char *path)
{
  SimRecord *record = g_new0 (SimRecord, 1);

  record->refs = 1;
  record->connection = connection;
  record->method = g_strdup (method);
  record->path = g_strdup (path);
  record->excerpt = g_byte_array_new ();
  record->start = g_get_monotonic_time ();
  g_mutex_lock (&stats->mutex);
  record->id = ++stats->last_id;
  if (stats->limit > 0)
    {
      record->head = g_strdup (head);
      record->refs++;
      g_queue_push_tail (&stats->journal, record);
      trim_journal (stats);
    }
  add (stats, SIM_METRIC_REQUESTS, 1);
  add (stats, SIM_METRIC_READING, 1);
  g_mutex_unlock (&stats->mutex);
  return record;
}

/* The request is complete and counts as in flight from now on. */
void
sim_record_set_class (SimStats *stats, SimRecord *record, SimClass class, const char *model)
{
  g_mutex_lock (&stats->mutex);
  record->class = class;
  g_free (record->model);
  record->model = g_strdup (model);
  if (class != SIM_CLASS_OTHER && !record->in_flight)
    {
      record->in_flight = TRUE;
      add (stats, class == SIM_CLASS_CHAT ? SIM_METRIC_CHAT_IN_FLIGHT : SIM_METRIC_EMBED_IN_FLIGHT,
           1);
    }
  g_mutex_unlock (&stats->mutex);
}

void
sim_record_set_body (SimStats *stats, SimRecord *record, guint64 bytes, const char *digest)
{
  g_mutex_lock (&stats->mutex);
  record->body_bytes = bytes;
  g_strlcpy (record->digest, digest, sizeof record->digest);
  g_mutex_unlock (&stats->mutex);
}

void
sim_record_add_excerpt (SimStats *stats, SimRecord *record, const guint8 *data, gsize length)
{
  g_mutex_lock (&stats->mutex);
  length = MIN (length, EXCERPT_BYTES - record->excerpt->len);
  if (stats->limit > 0)
    g_byte_array_append (record->excerpt, data, (guint) length);
  g_mutex_unlock (&stats->mutex);
}

void
sim_record_set_stage (SimStats *stats, SimRecord *record, SimStage stage)
{
  g_mutex_lock (&stats->mutex);
  if (record->stage != stage)
    {
      add (stats, SIM_METRIC_READING + record->stage, -1);
      record->stage = stage;
      add (stats, SIM_METRIC_READING + record->stage, 1);
    }
  g_mutex_unlock (&stats->mutex);
}

static void
leave_flight (SimStats *stats, SimRecord *record)
{
  if (record->in_flight)
    add (stats,
         record->class == SIM_CLASS_CHAT ? SIM_METRIC_CHAT_IN_FLIGHT : SIM_METRIC_EMBED_IN_FLIGHT,
         -1);
  record->in_flight = FALSE;
}

/* The work is done; called before the end of the answer can be seen by its reader. */
void
sim_record_leave_flight (SimStats *stats, SimRecord *record)
{
  g_mutex_lock (&stats->mutex);
  leave_flight (stats, record);
  g_mutex_unlock (&stats->mutex);
}

void
sim_record_set_running (SimStats *stats, SimRecord *record, gboolean running)
{
  sim_stats_add (stats,
                 record->class == SIM_CLASS_EMBED ? SIM_METRIC_EMBED_RUNNING
                                                  : SIM_METRIC_CHAT_RUNNING,
                 running ? 1 : -1);
}

/* @outcome: NULL for "answered", "aborted", or the fault's name. */
void
sim_record_finish (SimStats *stats,
                   SimRecord *record,
                   int status,
                   guint64 answer_bytes,
                   guint64 chunks,
                   const char *outcome)
{
  g_mutex_lock (&stats->mutex);
  record->end = g_get_monotonic_time ();
  record->status = status;
  record->answer_bytes = answer_bytes;
  record->chunks = chunks;
  if (outcome == NULL)
    {
      record->outcome = g_strdup ("answered");
      add (stats, SIM_METRIC_ANSWERED, 1);
    }
  else if (g_str_equal (outcome, "aborted"))
    {
      record->outcome = g_strconcat ("aborted-while-", metric_names[record->stage], NULL);
      add (stats, SIM_METRIC_ABORTED, 1);
      add (stats, SIM_METRIC_ABORTED_READING + record->stage, 1);
    }
  else
    {
      record->outcome = g_strconcat ("fault-", outcome, NULL);
      add (stats, SIM_METRIC_FAULTED, 1);
    }
  add (stats, SIM_METRIC_READING + record->stage, -1);
  leave_flight (stats, record);
  record_unref (record);
  g_mutex_unlock (&stats->mutex);
}
