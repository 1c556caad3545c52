/* SPDX-License-Identifier: MIT */
#pragma once

#include "jobs/foreman-spool-writer.h"

G_BEGIN_DECLS

/**
 * FOREMAN_ASSEMBLER_SHAPE_MAX:
 *
 * How many members a shape may name.
 */
#define FOREMAN_ASSEMBLER_SHAPE_MAX 40

/**
 * ForemanAssemblerShape:
 * @name: a member's name; %NULL ends the shape
 * @inner: (nullable): the shape of its value, or of the elements of that
 * @omits_null: whether it is left out rather than being `null`
 *
 * The members of an object in the order in which Ollama declares them.
 */
typedef struct _ForemanAssemblerShape ForemanAssemblerShape;
struct _ForemanAssemblerShape
{
  const char *name;
  const ForemanAssemblerShape *inner;
  gboolean omits_null;
};

/**
 * ForemanAssemblerMemberFunc:
 * @writer: where to write the member, with its name, if it is to be there
 * @name: the member
 * @data: the text that is written
 * @span: the member's value in it; of length 0: it has none
 * @user_data: what was given with the function
 *
 * Writes a member in another way than it stands.
 *
 * Returns: whether the member is dealt with
 */
typedef gboolean (*ForemanAssemblerMemberFunc) (ForemanSpoolWriter *writer,
                                                const char *name,
                                                const char *data,
                                                ForemanJsonSpan span,
                                                gpointer user_data);

void foreman_assembler_shape_write (const ForemanAssemblerShape *shape,
                                    ForemanSpoolWriter *writer,
                                    const char *data,
                                    ForemanJsonSpan value);
void foreman_assembler_shape_write_object (const ForemanAssemblerShape *shape,
                                           ForemanSpoolWriter *writer,
                                           const char *data,
                                           ForemanJsonSpan object,
                                           ForemanAssemblerMemberFunc write_other,
                                           gpointer user_data);

G_END_DECLS
