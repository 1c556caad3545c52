/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-json.h"

G_BEGIN_DECLS

typedef enum
{
  /* the listener */
  SIM_FAULT_REFUSE, /* closed */
  SIM_FAULT_DEAF,   /* open, but accepts nothing */
  /* instead of an answer */
  SIM_FAULT_BLACKHOLE,
  SIM_FAULT_HANG,
  SIM_FAULT_GARBAGE,
  SIM_FAULT_STATUS,
  /* in the model's work */
  SIM_FAULT_EMPTY,
  SIM_FAULT_PREFILL,
  SIM_FAULT_CRASH,
  SIM_FAULT_LOAD_ERROR,
  SIM_FAULT_NO_TERMINATOR,
  SIM_FAULT_LONG_LINE,
  /* on the wire */
  SIM_FAULT_RESET,
  SIM_FAULT_CUT,
  SIM_FAULT_STALL,
  SIM_FAULT_DRIP,
  SIM_FAULT_WRONG_LENGTH,
} SimFaultKind;

/* Immutable but for what SimFaults keeps under its lock. */
typedef struct
{
  gint refs;
  guint id;
  SimFaultKind kind;
  gint64 times; /* left; -1 for ever */
  char *path;   /* (owned) glob */
  char *method; /* (owned) (nullable) */
  char *model;  /* (owned) (nullable) as the request writes it */
  char *name;   /* (owned) (nullable) value of the X-Sim-Fault header */
  double seconds;
  gint64 after_bytes;  /* of the body on the wire; -1 none */
  gint64 after_chunks; /* -1 none */
  gint64 bytes;
  gint64 bytes_per_second;
  gint64 delta;
  int status;
  char *retry_after; /* (owned) (nullable) */
  char *message;     /* (owned) (nullable) */
  gboolean keep_connections;
  gint64 until; /* of a listener fault: monotonic µs, 0 until cleared */
} SimFault;

typedef struct
{
  const char *method;
  const char *path;
  const char *model; /* (nullable) */
  const char *name;  /* (nullable) */
  gboolean inference;
} SimFaultSubject;

typedef struct _SimFaults SimFaults;

SimFaults *sim_faults_new (void);
void sim_faults_free (SimFaults *faults);
gboolean
sim_faults_add (SimFaults *faults, const SimJson *description, SimFault **added, char **error);
void sim_faults_clear (SimFaults *faults, guint id);
SimFault *sim_faults_take (SimFaults *faults, const SimFaultSubject *subject);
SimFault *sim_faults_find_listener (SimFaults *faults);
void sim_faults_write (SimFaults *faults, GString *out);
void sim_fault_unref (SimFault *fault);
const char *sim_fault_name (const SimFault *fault);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimFault, sim_fault_unref)

G_END_DECLS
