/* console - tell whoever sits before the machine something where no desktop is: on the console in
 * front, a text console or a greeter on one.  In English: its font has no other letters. */
#pragma once

/* Write @text, made safe to print, as a line of its own.  Never waits: what a console that was
 * stopped does not take is lost. */
void console_tell(int dev_fd, const char *text);
