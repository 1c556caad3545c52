/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-client-options.h"
#include "commands/foreman-job-fields.h"

G_BEGIN_DECLS

/**
 * ForemanSubmit:
 * @command: the name of the command, `foreman submit`
 * @common: what every command takes
 * @fields: what is said about jobs
 * @file: (owned) (nullable): `--file`
 * @batch: (owned) (nullable): `--batch`
 * @each: (owned) (nullable): `--each`
 * @template: (owned) (nullable): `--template`
 * @image_files: (owned) (nullable): each `--image`
 * @images: (owned) (nullable): what is in them, base64
 * @options: (owned) (nullable): each `-o`
 * @system: (owned) (nullable): `--system`
 * @format: (owned) (nullable): `--format`
 * @wait: `--wait`
 * @follow: `--follow`
 * @model: (nullable): the first parameter
 * @words: (array zero-terminated=1): the others
 *
 * What a command line of `foreman submit` says. Zero it first.
 */
typedef struct
{
  const char *command;
  ForemanClientOptions common;
  ForemanJobFields fields;
  char *file;
  char *batch;
  char *each;
  char *template;
  GStrv image_files;
  GStrv images;
  GStrv options;
  char *system;
  char *format;
  gboolean wait;
  gboolean follow;
  const char *model;
  char **words;
} ForemanSubmit;

gboolean foreman_submit_parse (ForemanSubmit *submit, int argc, char **argv);
char *foreman_submit_make_request (const ForemanSubmit *submit, const char *prompt);
void foreman_submit_clear (ForemanSubmit *submit);

char *foreman_submit_read_input (ForemanClient *client, gsize *length, GError **error);
ForemanExit foreman_submit_one (ForemanSubmit *submit, ForemanClient *client);
ForemanExit foreman_submit_many (ForemanSubmit *submit, ForemanClient *client);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ForemanSubmit, foreman_submit_clear)

G_END_DECLS
