/* log - one line for the administrator on stderr, with sd-daemon's priority prefix.
 * Programs log; libraries return errors.  @id is a stable word ("ledger-write") that documents and
 * searches can rely on; the text may change.  Control characters in the text are shown as '?', so
 * nothing that a device or a peer says can make a second line. */
#pragma once

/* Something that was to be done was not done. */
void log_error(const char *id, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* It was done, but somebody should look. */
void log_warning(const char *id, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A change of state worth a line. */
void log_info(const char *id, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* For the developer; journald hides it unless asked. */
void log_debug(const char *id, const char *format, ...) __attribute__((format(printf, 2, 3)));
