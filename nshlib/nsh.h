/* nshlib/nsh.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the shell, in the order in which a line passes them:
 *
 *   nsh_input.c    lines from a string, a descriptor or a terminal
 *   nsh_console.c  the terminal: prompt, modes, history
 *   nsh_readline.c libedit, and nothing else
 *   nsh_lex.c      characters become tokens; words are taken apart
 *   nsh_parse.c    tokens become a tree; errors are told here
 *   nsh_eval.c     the tree is walked
 *   nsh_expand.c   words become arguments
 *   nsh_redir.c    descriptors are changed and put back
 *   nsh_jobs.c     tasks are started and waited for
 *   nsh_command.c  names are looked up
 *   cmd_*.c        the commands
 *
 * The shell is a plain POSIX program, and nsh_port.h has the rest.  Several
 * shells may live in one address space, as the kernel's tasks do: what is
 * one shell's is in struct nsh_s, and signals find it by process id.
 *
 * The shell never forks, because tasks cannot.  What has to run beside it (a
 * stage of a pipeline, a command substitution, a subshell) is started as
 * another shell, which is given the source text of that part, and the
 * variables, as arguments.
 *
 * Memory: all of one line, tree and words, comes from an arena and goes with
 * it.  All of a shell is in one list.  Where memory is exhausted the shell
 * says so and ends.
 */

#ifndef __NSHLIB_NSH_H
#define __NSHLIB_NSH_H

#include <sys/types.h>

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nshlib/builtin.h>
#include <nshlib/nshlib.h>

/* How deep commands may nest within each other, sourced files within files,
 * and shells within shells: a guard against endless recursion.
 */

#define NSH_MAXDEPTH   100

/* What that takes on the stack, with a sanitizer, and half as much again */

#define NSH_STACKSIZE  1048576         /* Bytes */

#define NSH_FAILURE    1               /* Exit statuses */
#define NSH_SYNTAX     2
#define NSH_CANNOT     126
#define NSH_NOTFOUND   127
#define NSH_SIGNAL     128             /* Plus the number of the signal */

#define NSH_BLANKS     " \t\n"         /* What separates fields */

/* Memory (nsh_memory.c) */

struct nsh_link_s
{
  struct nsh_link_s *next;
  struct nsh_link_s *prev;
};

struct nsh_chunk_s;

struct nsh_arena_s
{
  struct nsh_chunk_s *chunks;
};

/* A text that grows.  "text" is NULL before the first addition, and ends
 * with a NUL that len does not count after it.
 */

struct nsh_buf_s
{
  char *text;
  size_t len;
  size_t size;
};

/* A vector of pointers that ends with NULL; the strings are not its own */

struct nsh_args_s
{
  char **v;
  size_t n;
  size_t size;
};

struct nsh_link_s *nsh_memory(void);   /* The list of the calling shell */
void nsh_link_init(struct nsh_link_s *list);
void *nsh_malloc(size_t size);
void *nsh_realloc(void *old, size_t size);
void nsh_free(void *mem);
void nsh_free_all(struct nsh_link_s *list);
char *nsh_strdup(const char *text);
void *nsh_alloc(struct nsh_arena_s *arena, size_t size);   /* Zeroed */
char *nsh_text(struct nsh_arena_s *arena, const char *text, size_t len);
char *nsh_format(struct nsh_arena_s *arena, const char *format, ...)
  __attribute__((format(printf, 2, 3)));
void nsh_arena_free(struct nsh_arena_s *arena);
void nsh_buf_add(struct nsh_buf_s *buf, const char *text, size_t len);
void nsh_buf_putc(struct nsh_buf_s *buf, char c);
void nsh_buf_clear(struct nsh_buf_s *buf);
void nsh_buf_free(struct nsh_buf_s *buf);
void nsh_args_add(struct nsh_args_s *args, char *arg);
void nsh_args_free(struct nsh_args_s *args);

/* The tree */

enum nsh_partkind_e
{
  NSH_TEXT,                            /* As it stands */
  NSH_VARIABLE,                        /* The name of one, or "?", "@" ... */
  NSH_COMMAND                          /* Source text to run for its output */
};

struct nsh_part_s
{
  struct nsh_part_s *next;
  enum nsh_partkind_e kind;
  bool quoted;
  const char *text;
};

struct nsh_word_s
{
  struct nsh_word_s *next;
  struct nsh_part_s *parts;            /* None: cannot be */
};

enum nsh_redirkind_e
{
  NSH_READ,                            /* < */
  NSH_WRITE,                           /* > */
  NSH_APPEND,                          /* >> */
  NSH_DUPLICATE                        /* >& and <& */
};

struct nsh_redir_s
{
  struct nsh_redir_s *next;
  enum nsh_redirkind_e kind;
  int fd;                              /* 0, 1 or 2 */
  struct nsh_word_s *word;
};

struct nsh_assign_s
{
  struct nsh_assign_s *next;
  const char *name;
  struct nsh_word_s *value;
};

enum nsh_nodekind_e
{
  NSH_SIMPLE,                          /* assigns, words */
  NSH_IF,                              /* kids are clauses; orelse */
  NSH_CLAUSE,                          /* cond, body */
  NSH_WHILE,                           /* cond, body */
  NSH_UNTIL,                           /* cond, body */
  NSH_FOR,                             /* name, words, body */
  NSH_GROUP,                           /* body */
  NSH_SUBSHELL,                        /* body, text */
  NSH_PIPELINE,                        /* kids, with text */
  NSH_ANDOR                            /* kids, with their link */
};

/* A list of commands is the first of them; the others follow by "next". */

struct nsh_node_s
{
  struct nsh_node_s *next;
  enum nsh_nodekind_e kind;
  enum
  {
    NSH_FIRST,
    NSH_AND,
    NSH_OR
  }
  link;                                /* To the one before, in NSH_ANDOR */

  bool negate;                         /* ! */
  bool background;                     /* & */
  bool everyarg;                       /* for without in: over "$@" */
  const char *text;                    /* The source, where it is needed */
  const char *name;
  struct nsh_node_s *kids;
  struct nsh_node_s *cond;
  struct nsh_node_s *body;
  struct nsh_node_s *orelse;
  struct nsh_word_s *words;
  struct nsh_assign_s *assigns;
  struct nsh_redir_s *redirs;
};

/* Input (nsh_input.c).  A line is added to a buffer, with its line end, also
 * where the last line of a file has none.
 */

enum nsh_line_e
{
  NSH_LINE,
  NSH_EOF,
  NSH_CANCEL,                          /* Ctrl-C: forget what was typed */
  NSH_ERROR                            /* Told already */
};

struct nsh_s;

struct nsh_input_s
{
  enum nsh_line_e (*getline)(struct nsh_input_s *in, struct nsh_buf_s *line,
                             bool more);
  const char *name;                    /* For messages; NULL: a terminal */
  unsigned long line;                  /* The number of the last line */
  struct nsh_s *sh;
  const char *text;                    /* The rest of a string */
  int fd;
  bool shared;                         /* Others read from fd too */
  struct nsh_buf_s ahead;              /* Read, but not yet handed out */
  size_t taken;                        /* Of ahead */
};

void nsh_input_string(struct nsh_input_s *in, struct nsh_s *sh,
                      const char *name, const char *text);
void nsh_input_fd(struct nsh_input_s *in, struct nsh_s *sh,
                  const char *name, int fd);
void nsh_input_free(struct nsh_input_s *in);
int nsh_open(const char *path, int flags);

/* Parser (nsh_parse.c).  One call takes one complete command list up to its
 * line end.  NSH_LINE: *tree is it, or NULL for an empty line.  After
 * NSH_ERROR the rest of the line is gone, and the message has been printed.
 */

enum nsh_line_e nsh_parse(struct nsh_input_s *in, struct nsh_arena_s *arena,
                          struct nsh_node_s **tree);

/* Variables (nsh_vars.c) */

struct nsh_var_s
{
  struct nsh_var_s *next;              /* In the order of names */
  char *name;
  char *value;
  bool exported;
};

bool nsh_isname(const char *name, size_t len);
const char *nsh_getvar(struct nsh_s *sh, const char *name);
void nsh_setvar(struct nsh_s *sh, const char *name, const char *value);
void nsh_exportvar(struct nsh_s *sh, const char *name);
bool nsh_isexported(struct nsh_s *sh, const char *name);
void nsh_unsetvar(struct nsh_s *sh, const char *name);
void nsh_vars_import(struct nsh_s *sh, char **envp);
void nsh_vars_free(struct nsh_s *sh);

/* A shell */

enum nsh_unwind_e
{
  NSH_GOON,
  NSH_BREAK,
  NSH_CONTINUE,
  NSH_RETURN,                          /* From a sourced file */
  NSH_TOP,                             /* To the prompt */
  NSH_EXIT                             /* From the shell */
};

struct nsh_job_s
{
  struct nsh_job_s *next;
  pid_t pid;
  bool done;
  int status;                          /* When done */
};

struct nsh_console_s;

struct nsh_s
{
  struct nsh_s *next;                  /* In g_nsh */
  struct nsh_link_s memory;            /* All that it has */
  pid_t pid;
  bool interactive;
  bool child;                          /* Runs a part of another shell */
  bool background;                     /* What is started now */
  bool errexit;                        /* set -e */
  bool xtrace;                         /* set -x */
  volatile sig_atomic_t signo;         /* Arrived, and not yet dealt with */
  volatile pid_t *waiting;             /* Get the signals, too; or NULL */
  volatile size_t nwaiting;
  int status;                          /* $? */
  int substatus;                       /* Of the last $(...), or -1 */
  pid_t lastjob;                       /* $!, or 0 */
  int depth;                           /* Of sourced files */
  int loops;                           /* Around what runs now */
  int guarded;                         /* set -e does not hold */
  enum nsh_unwind_e unwind;
  int levels;                          /* Loops still to leave */
  const char *name;                    /* $0 */
  char **params;                       /* $1 ..., of somebody else */
  int nparams;
  struct nsh_var_s *vars;
  struct nsh_job_s *jobs;              /* In the background, newest last */
  struct nsh_console_s *console;
};

/* Evaluation (nsh_eval.c).  Statuses are also in sh->status. */

int nsh_run(struct nsh_s *sh, struct nsh_input_s *in);
int nsh_source(struct nsh_s *sh, const char *path, int argc, char **argv);
int nsh_run_args(struct nsh_s *sh, int argc, char **argv);
bool nsh_interrupted(struct nsh_s *sh);
pid_t nsh_start_node(struct nsh_s *sh, struct nsh_node_s *node, pid_t job);

/* Words (nsh_expand.c, nsh_glob.c).  The strings live in the arena, the
 * vector of args does not.
 */

bool nsh_expand(struct nsh_s *sh, struct nsh_arena_s *arena,
                struct nsh_word_s *words, struct nsh_args_s *args);
char *nsh_expand_one(struct nsh_s *sh, struct nsh_arena_s *arena,
                     struct nsh_word_s *word);
bool nsh_match(const char *pattern, const char *text);
void nsh_glob(struct nsh_arena_s *arena, const char *pattern,
              struct nsh_args_s *args);
char *nsh_unescape(struct nsh_arena_s *arena, const char *pattern);

/* Descriptors (nsh_redir.c): those that were there, -1 for one that was not
 * open, -2 for one that has not been changed.
 */

struct nsh_saved_s
{
  int fd[3];
};

void nsh_saved_init(struct nsh_saved_s *saved);
bool nsh_redirect(struct nsh_s *sh, struct nsh_redir_s *redirs,
                  struct nsh_saved_s *saved);
bool nsh_replace(struct nsh_saved_s *saved, int fd, int with);
void nsh_restore(struct nsh_saved_s *saved);

/* Tasks (nsh_jobs.c).  Starting returns -1 after an error, which has been
 * told; job is the first task of the pipeline, or 0.
 */

pid_t nsh_start_builtin(struct nsh_s *sh, const struct builtin_s *app,
                        char **argv, pid_t job);
pid_t nsh_start_child(struct nsh_s *sh, const char *text, pid_t job);
pid_t nsh_start_script(struct nsh_s *sh, char **argv);
int nsh_wait_tasks(struct nsh_s *sh, pid_t *pids, size_t n);
void nsh_tasks_kill(const volatile pid_t *pids, size_t n, int signo);
int nsh_pipeline(struct nsh_s *sh, struct nsh_node_s *node);
int nsh_background(struct nsh_s *sh, struct nsh_node_s *node);
bool nsh_substitute(struct nsh_s *sh, const char *text,
                    struct nsh_buf_s *out);
void nsh_jobs_reap(struct nsh_s *sh);
int nsh_jobs_wait(struct nsh_s *sh, pid_t pid);
void nsh_jobs_free(struct nsh_s *sh);

/* Commands */

const struct nsh_command_s *nsh_command_find(const char *name);
const struct builtin_s *nsh_builtin_find(const char *name);
int nsh_command_run(struct nsh_s *sh, const struct nsh_command_s *command,
                    int argc, char **argv);
void nsh_command_names(struct nsh_args_s *names);

extern const struct nsh_command_s g_nsh_shell_commands[];
extern const struct nsh_command_s g_nsh_file_commands[];
extern const struct nsh_command_s g_nsh_text_commands[];
extern const struct nsh_command_s g_nsh_time_commands[];
extern const struct nsh_command_s g_nsh_system_commands[];

int nsh_cmd_test(struct nsh_s *sh, int argc, char **argv);
int nsh_cmd_cat(struct nsh_s *sh, int argc, char **argv);

/* The terminal (nsh_console.c) */

void nsh_console_open(struct nsh_s *sh);
enum nsh_line_e nsh_console_getline(struct nsh_input_s *in,
                                    struct nsh_buf_s *line, bool more);
void nsh_console_close(struct nsh_s *sh);
void nsh_console_abandon(struct nsh_s *sh);

/* Messages and help for commands (nsh_util.c).  A message goes to stderr, as
 * "nsh: <text>", after all that stdout has; the answer is NSH_FAILURE.
 */

int nsh_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
int nsh_failed(const char *command, const char *what, const char *path,
               int errcode);
int nsh_invalid(const char *command, const char *argument);
int nsh_missing(const char *command);
int nsh_toomany(const char *command);

/* The options at the front of argv: calls for each letter of "letters" that
 * is there.  A letter with ':' after it in "letters" has a value.  Works as
 * getopt() does, without its global state.  -1: no more; '?': wrong, and
 * told.
 */

struct nsh_options_s
{
  int index;                           /* The first that is no option */
  int place;
  const char *value;
};

int nsh_option(struct nsh_options_s *state, int argc, char **argv,
               const char *letters);

bool nsh_number(const char *text, int base, long long low, long long high,
                long long *value);
bool nsh_write(int fd, const void *data, size_t len);
int nsh_copy_out(struct nsh_s *sh, const char *command, const char *path,
                 int fd);
int nsh_exitcode(int wstatus);
bool nsh_sleep(struct nsh_s *sh, uint64_t usec);

#endif /* __NSHLIB_NSH_H */
