/* Device control for Windows: what Microsoft documents of a policy is what comes out of the import.
 */
#include "mde_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../policy/cmocka_test.h"

#define ID(n) "{00000000-0000-4000-8000-00000000000" #n "}"
#define GROUP(n, match, descriptors)                                                               \
	"<Group Id=\"" ID(n) "\" Type=\"Device\"><Name>g</Name><MatchType>Match" match             \
			     "</MatchType><DescriptorIdList>" descriptors                          \
			     "</DescriptorIdList></Group>"
#define ENTRY(type, mask, more)                                                                    \
	"<Entry Id=\"" ID(9) "\"><Type>" type "</Type><Options>0</Options><AccessMask>" #mask      \
			     "</AccessMask>" more "</Entry>"
#define RULE(n, in, out, entries)                                                                  \
	"<PolicyRule Id=\"" ID(n) "\"><Name>Rule " #n "</Name><IncludedIdList>" in                 \
				  "</IncludedIdList><ExcludedIdList>" out                          \
				  "</ExcludedIdList>" entries "</PolicyRule>"
#define IN(n) "<GroupId>" ID(n) "</GroupId>"
/* Two files, as model_import() parts them. */
#define POLICY(groups, rules) "<Groups>" groups "</Groups>\f<PolicyRules>" rules "</PolicyRules>"
#define MEDIA		      "<PrimaryId>RemovableMediaDevices</PrimaryId>"
#define ONE(descriptor, type, mask)                                                                \
	POLICY(GROUP(1, "Any", descriptor), RULE(2, IN(1), "", ENTRY(type, mask, "")))
/* ... and all others otherwise. */
#define ONE_OF(descriptor, type, mask, other, other_mask)                                          \
	POLICY(GROUP(1, "Any", descriptor), RULE(2, IN(1), "", ENTRY(type, mask, ""))              \
						    RULE(3, "", "", ENTRY(other, other_mask, "")))

struct expectation {
	const char *text;
	enum model_family family;
	uint16_t vendor, product;
	const char *serial;
	enum encryption encryption;
	enum verdict verdict;
	modifier_set modifiers;
};

static const struct expectation expectations[] = {
	/* Access masks, where nothing else is allowed. */
	{ ONE(MEDIA, "Allow", 7), REMOVABLE, 1, 1, "S", 0, VERDICT_ALLOW, 0 },
	{ ONE(MEDIA, "Allow", 63), REMOVABLE, 1, 1, "S", 0, VERDICT_ALLOW, 0 },
	{ ONE(MEDIA, "Allow", 3), REMOVABLE, 1, 1, "S", 0, VERDICT_ALLOW, MODIFIER_NOEXEC },
	{ ONE(MEDIA, "Allow", 27), REMOVABLE, 1, 1, "S", 0, VERDICT_ALLOW, MODIFIER_NOEXEC },
	{ ONE(MEDIA, "Allow", 1), REMOVABLE, 1, 1, "S", 0, VERDICT_READ_ONLY, MODIFIER_NOEXEC },
	{ ONE(MEDIA, "Allow", 9), REMOVABLE, 1, 1, "S", 0, VERDICT_READ_ONLY, MODIFIER_NOEXEC },
	{ ONE(MEDIA, "Allow", 5), REMOVABLE, 1, 1, "S", 0, VERDICT_READ_ONLY, 0 },
	{ ONE(MEDIA, "Allow", 2), REMOVABLE, 1, 1, "S", 0, VERDICT_DENY, 0 },
	{ ONE(MEDIA, "Allow", 56), REMOVABLE, 1, 1, "S", 0, VERDICT_DENY, 0 },
	{ ONE(MEDIA, "Allow", 64), REMOVABLE, 1, 1, "S", 0, VERDICT_DENY, 0 },
	{ ONE(MEDIA, "AuditAllowed", 63), REMOVABLE, 1, 1, "S", 0, VERDICT_DENY, 0 },
	/* ... and denied, where all else is allowed. */
	{ ONE_OF(MEDIA, "Deny", 6, "Allow", 127), REMOVABLE, 1, 1, "S", 0, VERDICT_READ_ONLY,
	  MODIFIER_NOEXEC },
	{ ONE_OF(MEDIA, "Deny", 7, "Allow", 127), REMOVABLE, 1, 1, "S", 0, VERDICT_DENY, 0 },
	{ ONE_OF(MEDIA, "Deny", 16, "Allow", 127), REMOVABLE, 1, 1, "S", 0, VERDICT_READ_ONLY, 0 },
	{ ONE_OF(MEDIA, "Deny", 32, "Allow", 127), REMOVABLE, 1, 1, "S", 0, VERDICT_ALLOW,
	  MODIFIER_NOEXEC },
	{ ONE_OF(MEDIA, "Deny", 8, "Allow", 127), REMOVABLE, 1, 1, "S", 0, VERDICT_DENY, 0 },
	{ ONE_OF(MEDIA, "AuditDenied", 63, "Allow", 127), REMOVABLE, 1, 1, "S", 0, VERDICT_ALLOW,
	  0 },
	/* Families; what is none of them is not governed. */
	{ ONE(MEDIA, "Allow", 63), OPTICAL, 1, 1, "S", 0, VERDICT_DENY, 0 },
	{ ONE("<PrimaryId>CdRomDevices</PrimaryId>", "Allow", 63), OPTICAL, 1, 1, "S", 0,
	  VERDICT_ALLOW, 0 },
	{ ONE("<PrimaryId>WpdDevices</PrimaryId>", "Allow", 63), PORTABLE, 1, 1, "S", 0,
	  VERDICT_ALLOW, 0 },
	{ ONE("<PrimaryId>WpdDevices</PrimaryId>", "Allow", 7), APPLE, 0x05ac, 1, "S", 0,
	  VERDICT_ALLOW, 0 },
	{ ONE_OF("<PrimaryId>WpdDevices</PrimaryId>", "Deny", 2, "Allow", 127), PORTABLE, 1, 1, "S",
	  0, VERDICT_DENY, 0 },
	{ ONE("<PrimaryId>PrinterDevices</PrimaryId>", "Allow", 64), PRINTER, 1, 1, "S", 0,
	  VERDICT_ALLOW, 0 },
	{ ONE("<PrimaryId>PrinterDevices</PrimaryId>", "Allow", 63), PRINTER, 1, 1, "S", 0,
	  VERDICT_DENY, 0 },
	{ ONE("<PrinterConnectionId>USB</PrinterConnectionId>", "Allow", 64), PRINTER, 1, 1, "S", 0,
	  VERDICT_ALLOW, 0 },
	{ ONE("<PrinterConnectionId>Network</PrinterConnectionId>", "Allow", 64), PRINTER, 1, 1,
	  "S", 0, VERDICT_DENY, 0 },
	{ ONE(MEDIA, "Deny", 127), BLUETOOTH, 1, 1, "S", 0, VERDICT_ALLOW, 0 },
	/* Descriptors. */
	{ ONE("<VID>0951</VID>", "Allow", 63), REMOVABLE, 0x0951, 1, "S", 0, VERDICT_ALLOW, 0 },
	{ ONE("<VID>0951</VID>", "Allow", 63), REMOVABLE, 0x0952, 1, "S", 0, VERDICT_DENY, 0 },
	{ ONE("<PID>16*</PID>", "Allow", 63), REMOVABLE, 1, 0x1666, "S", 0, VERDICT_ALLOW, 0 },
	{ ONE("<PID>16*</PID>", "Allow", 63), REMOVABLE, 1, 0x1700, "S", 0, VERDICT_DENY, 0 },
	{ ONE("<VID_PID>0751_55E0</VID_PID>", "Allow", 63), REMOVABLE, 0x0751, 0x55e0, NULL, 0,
	  VERDICT_ALLOW, 0 },
	{ ONE("<VID_PID>0751_55E0</VID_PID>", "Allow", 63), REMOVABLE, 0x0751, 0x55e1, NULL, 0,
	  VERDICT_DENY, 0 },
	{ ONE("<VID_PID>_55E0</VID_PID>", "Allow", 63), REMOVABLE, 0x0001, 0x55e0, NULL, 0,
	  VERDICT_ALLOW, 0 },
	{ ONE("<VID_PID>0751_</VID_PID>", "Allow", 63), REMOVABLE, 0x0751, 0x0001, NULL, 0,
	  VERDICT_ALLOW, 0 },
	{ ONE("<VID_PID>0751_*</VID_PID>", "Allow", 63), REMOVABLE, 0x0750, 0x0001, NULL, 0,
	  VERDICT_DENY, 0 },
#define SERIAL(value) "<SerialNumberId>" value "</SerialNumberId>"
	{ ONE(SERIAL("03003324"), "Allow", 63), REMOVABLE, 1, 1, "03003324", 0, VERDICT_ALLOW, 0 },
	{ ONE(SERIAL("03003324"), "Allow", 63), REMOVABLE, 1, 1, NULL, 0, VERDICT_DENY, 0 },
	{ ONE(SERIAL("0300*"), "Allow", 63), REMOVABLE, 1, 1, "03003324", 0, VERDICT_ALLOW, 0 },
	{ ONE(SERIAL("*24"), "Allow", 63), REMOVABLE, 1, 1, "03003324", 0, VERDICT_ALLOW, 0 },
	{ ONE(SERIAL("0*3?"), "Allow", 63), REMOVABLE, 1, 1, "03003324", 0, VERDICT_DENY, 0 },
	/* In other letters, perhaps: never allowed by it, and denied. */
	{ ONE(SERIAL("AB1"), "Allow", 63), REMOVABLE, 1, 1, "ab1", 0, VERDICT_DENY, 0 },
	{ ONE_OF(SERIAL("AB1"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "Ab1", 0, VERDICT_DENY,
	  0 },
	{ ONE_OF(SERIAL("AB1"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "AC1", 0, VERDICT_ALLOW,
	  0 },
	{ ONE_OF(SERIAL("A_1"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "a 1", 0, VERDICT_DENY,
	  0 },
	{ ONE_OF(SERIAL("ABCDEF1"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "abcdeF1", 0,
	  VERDICT_DENY, 0 },
#define PATH(value) "<InstancePathId>" value "</InstancePathId>"
#define STICK	    "USBSTOR\\DISK&amp;VEN__USB&amp;PROD__SANDISK_3.2GEN1&amp;REV_1.00\\0300332408"
	{ ONE(PATH(STICK "&amp;0"), "Allow", 63), REMOVABLE, 1, 1, "0300332408", 0, VERDICT_ALLOW,
	  0 },
	{ ONE(PATH(STICK "&amp;*"), "Allow", 63), REMOVABLE, 1, 1, "0300332408", 0, VERDICT_ALLOW,
	  0 },
	{ ONE(PATH(STICK "*"), "Allow", 63), REMOVABLE, 1, 1, "03003324089", 0, VERDICT_ALLOW, 0 },
	{ ONE(PATH(STICK "&amp;0"), "Allow", 63), REMOVABLE, 1, 1, "0300332409", 0, VERDICT_DENY,
	  0 },
	{ ONE(PATH(STICK), "Allow", 63), REMOVABLE, 1, 1, "0300332408", 0, VERDICT_DENY, 0 },
	/* No serial but one that Windows made, or no part of a name that we know: perhaps. */
	{ ONE(PATH("USBSTOR\\DISK\\7&amp;1A2B&amp;0"), "Allow", 63), REMOVABLE, 1, 1, "7", 0,
	  VERDICT_DENY, 0 },
	{ ONE_OF(PATH("SCSI\\DISK\\4&amp;2"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "7", 0,
	  VERDICT_DENY, 0 },
	{ ONE(PATH("USB\\VID_154B&amp;PID_0028\\6001"), "Allow", 63), REMOVABLE, 0x154b, 0x28,
	  "6001", 0, VERDICT_ALLOW, 0 },
	{ ONE(PATH("USB\\VID_154B&amp;PID_0028\\6001"), "Allow", 63), REMOVABLE, 0x154b, 0x29,
	  "6001", 0, VERDICT_DENY, 0 },
	{ ONE(PATH("USB\\VID_154B&amp;PID_0028\\*"), "Allow", 63), REMOVABLE, 0x154b, 0x28, NULL, 0,
	  VERDICT_ALLOW, 0 },
	{ ONE(PATH("USB\\VID_154B&amp;PID_0028\\5&amp;1&amp;0"), "Allow", 63), REMOVABLE, 0x154b,
	  0x28, NULL, 0, VERDICT_DENY, 0 },
	{ ONE_OF(PATH("USB\\VID_154B&amp;PID_0028\\5&amp;1&amp;0"), "Deny", 63, "Allow", 127),
	  REMOVABLE, 0x154b, 0x28, NULL, 0, VERDICT_DENY, 0 },
	{ ONE_OF(PATH("USB\\VID_154B&amp;PID_0028&amp;MI_00\\6&amp;0"), "Deny", 63, "Allow", 127),
	  REMOVABLE, 0x154b, 0x29, NULL, 0, VERDICT_ALLOW, 0 },
	{ ONE_OF(PATH("USB\\ROOT_HUB\\1"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, NULL, 0,
	  VERDICT_DENY, 0 },
	{ ONE_OF(PATH("*"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, NULL, 0, VERDICT_DENY, 0 },
	{ ONE_OF(PATH("USB\\VID_1?4B&amp;PID_0028\\1"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1,
	  NULL, 0, VERDICT_DENY, 0 },
	{ ONE("<DeviceId>USB\\VID_154B&amp;PID_0028</DeviceId>", "Allow", 63), REMOVABLE, 0x154b,
	  0x28, NULL, 0, VERDICT_ALLOW, 0 },
	{ ONE_OF("<HardwareId>USBSTOR\\DiskGeneric</HardwareId>", "Deny", 63, "Allow", 127),
	  REMOVABLE, 1, 1, NULL, 0, VERDICT_DENY, 0 },
#define FRIENDLY(name) "<FriendlyNameId>" name "</FriendlyNameId>"
	{ ONE(FRIENDLY("DataTraveler USB Device"), "Allow", 63), REMOVABLE, 1, 1, NULL, 0,
	  VERDICT_ALLOW, 0 },
	{ ONE(FRIENDLY("Data*"), "Allow", 63), REMOVABLE, 1, 1, NULL, 0, VERDICT_ALLOW, 0 },
	{ ONE(FRIENDLY("Da?a*\\"), "Allow", 63), REMOVABLE, 1, 1, NULL, 0, VERDICT_DENY, 0 },
	{ ONE_OF(FRIENDLY("SDHC*"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, NULL, 0,
	  VERDICT_DENY, 0 },
	{ ONE("<BusId>USB</BusId>", "Allow", 63), REMOVABLE, 1, 1, NULL, 0, VERDICT_DENY, 0 },
#define STATE(value) "<DeviceEncryptionStateId>" value "</DeviceEncryptionStateId>"
	{ ONE(STATE("BitlockerEncrypted"), "Allow", 63), REMOVABLE, 1, 1, "S", ENCRYPTION_BITLOCKER,
	  VERDICT_ALLOW, 0 },
	{ ONE(STATE("BitlockerEncrypted"), "Allow", 63), REMOVABLE, 1, 1, "S", ENCRYPTION_LUKS,
	  VERDICT_DENY, 0 },
	{ ONE(STATE("BitlockerEncrypted"), "Allow", 63), REMOVABLE, 1, 1, "S", ENCRYPTION_UNKNOWN,
	  VERDICT_DENY, 0 },
	{ ONE_OF(STATE("Plain"), "Deny", 6, "Allow", 127), REMOVABLE, 1, 1, "S", ENCRYPTION_NONE,
	  VERDICT_READ_ONLY, MODIFIER_NOEXEC },
	{ ONE_OF(STATE("Plain"), "Deny", 6, "Allow", 127), REMOVABLE, 1, 1, "S",
	  ENCRYPTION_BITLOCKER, VERDICT_ALLOW, 0 },
	{ ONE_OF(STATE("Plain"), "Deny", 6, "Allow", 127), REMOVABLE, 1, 1, "S", ENCRYPTION_UNKNOWN,
	  VERDICT_READ_ONLY, MODIFIER_NOEXEC },
	{ ONE_OF(STATE("Plain"), "Deny", 6, "Allow", 127), PORTABLE, 1, 1, "S", ENCRYPTION_NONE,
	  VERDICT_ALLOW, 0 },
/* Match types. */
#define MATCH(type)                                                                                \
	POLICY(GROUP(1, type, "<VID>0951</VID><PID>1666</PID>"),                                   \
	       RULE(2, IN(1), "", ENTRY("Allow", 63, "")))
	{ MATCH("All"), REMOVABLE, 0x0951, 0x1666, "S", 0, VERDICT_ALLOW, 0 },
	{ MATCH("All"), REMOVABLE, 0x0951, 0x1667, "S", 0, VERDICT_DENY, 0 },
	{ MATCH("Any"), REMOVABLE, 0x0951, 0x1667, "S", 0, VERDICT_ALLOW, 0 },
	{ MATCH("Any"), REMOVABLE, 0x0952, 0x1667, "S", 0, VERDICT_DENY, 0 },
	{ MATCH("ExcludeAll"), REMOVABLE, 0x0951, 0x1666, "S", 0, VERDICT_DENY, 0 },
	{ MATCH("ExcludeAll"), REMOVABLE, 0x0951, 0x1667, "S", 0, VERDICT_ALLOW, 0 },
	{ MATCH("ExcludeAny"), REMOVABLE, 0x0951, 0x1667, "S", 0, VERDICT_DENY, 0 },
	{ MATCH("ExcludeAny"), REMOVABLE, 0x0952, 0x1667, "S", 0, VERDICT_ALLOW, 0 },
/* Included: all; excluded: any; the first entry of the first rule decides. */
#define WALK                                                                                       \
	POLICY(GROUP(1, "Any", MEDIA) GROUP(2, "Any", SERIAL("1")) GROUP(3, "Any", SERIAL("2"))    \
		       GROUP(4, "Any", IN(2) IN(3)),                                               \
	       RULE(5, IN(1), IN(2) IN(3), ENTRY("Deny", 7, ""))                                   \
		       RULE(6, IN(1) IN(2), "", ENTRY("Allow", 63, ""))                            \
			       RULE(7, IN(4), "", ENTRY("Allow", 9, "") ENTRY("Deny", 127, "")))
	{ WALK, REMOVABLE, 1, 1, "1", 0, VERDICT_ALLOW, 0 },
	{ WALK, REMOVABLE, 1, 1, "2", 0, VERDICT_READ_ONLY, MODIFIER_NOEXEC },
	{ WALK, REMOVABLE, 1, 1, "3", 0, VERDICT_DENY, 0 },
	{ WALK, REMOVABLE, 1, 1, NULL, 0, VERDICT_DENY, 0 },
/* For some people only: not allowed, and denied; for everyone: as it says. */
#define FOR(condition)                                                                             \
	POLICY(GROUP(1, "Any", MEDIA), RULE(2, IN(1), "", ENTRY("Allow", 63, condition)))
#define NOT_FOR(condition)                                                                         \
	POLICY(GROUP(1, "Any", MEDIA),                                                             \
	       RULE(2, IN(1), "", ENTRY("Deny", 6, condition) ENTRY("Allow", 127, "")))
	{ FOR("<Sid>S-1-5-21-7</Sid>"), REMOVABLE, 1, 1, "S", 0, VERDICT_DENY, 0 },
	{ FOR("<Sid>S-1-1-0</Sid>"), REMOVABLE, 1, 1, "S", 0, VERDICT_ALLOW, 0 },
	{ FOR("<ComputerSid>S-1-1-0</ComputerSid>"), REMOVABLE, 1, 1, "S", 0, VERDICT_DENY, 0 },
	{ NOT_FOR("<Sid>S-1-5-21-7</Sid>"), REMOVABLE, 1, 1, "S", 0, VERDICT_READ_ONLY,
	  MODIFIER_NOEXEC },
	{ NOT_FOR("<Parameters MatchType=\"MatchAll\"><Network><GroupId>x</GroupId></Network>"
		  "</Parameters>"),
	  REMOVABLE, 1, 1, "S", 0, VERDICT_READ_ONLY, MODIFIER_NOEXEC },
	/* Files that entries speak of do not go with the disk. */
	{ POLICY(GROUP(1, "Any", MEDIA),
		 RULE(2, IN(1), "",
		      ENTRY("Allow", 7, "")
			      ENTRY("Allow", 56, "<Parameters><File/></Parameters>"))),
	  REMOVABLE, 1, 1, "S", 0, VERDICT_DENY, 0 },
	/* What is written is to be known. */
	{ POLICY(GROUP(1, "Any", MEDIA),
		 RULE(2, IN(1), "",
		      "<Entry Id=\"" ID(9) "\"><Type>Allow</Type><Options>16</Options>"
					   "<AccessMask>63</AccessMask></Entry>")),
	  REMOVABLE, 1, 1, "S", 0, VERDICT_ALLOW, MODIFIER_TRAIL },
/* Two patterns for one serial. */
#define BOTH(a, b, type, other)                                                                    \
	POLICY("", RULE(2, SERIAL(a) SERIAL(b), "", ENTRY(type, 63, ""))                           \
			   RULE(3, "", "", ENTRY(other, 127, "")))
	{ BOTH("03*", "0300*", "Allow", "Deny"), REMOVABLE, 1, 1, "03001", 0, VERDICT_ALLOW, 0 },
	{ BOTH("0300*", "03*", "Allow", "Deny"), REMOVABLE, 1, 1, "0311", 0, VERDICT_DENY, 0 },
	{ BOTH("03*", "03005", "Allow", "Deny"), REMOVABLE, 1, 1, "03005", 0, VERDICT_ALLOW, 0 },
	{ BOTH("*5", "03*", "Allow", "Deny"), REMOVABLE, 1, 1, "03005", 0, VERDICT_DENY, 0 },
	{ BOTH("*5", "03*", "Deny", "Allow"), REMOVABLE, 1, 1, "03005", 0, VERDICT_DENY, 0 },
	{ BOTH("*5", "03*", "Deny", "Allow"), REMOVABLE, 1, 1, "13006", 0, VERDICT_ALLOW, 0 },
	{ BOTH("0\\*", "0*", "Deny", "Allow"), REMOVABLE, 1, 1, "0\\1", 0, VERDICT_DENY, 0 },
	{ BOTH("\xc3\xa9*",
	       "\xc3\xa9"
	       "1*",
	       "Deny", "Allow"),
	  REMOVABLE, 1, 1,
	  "\xc3\xa9"
	  "1",
	  0, VERDICT_DENY, 0 },
	{ BOTH("ABCDE1F", "ABCDEF1", "Deny", "Allow"), REMOVABLE, 1, 1, "abcde11", 0, VERDICT_DENY,
	  0 },
	{ BOTH("ABCDE1F", "ABCDEF1", "Deny", "Allow"), REMOVABLE, 1, 1, "abcde1f", 0, VERDICT_ALLOW,
	  0 },
	{ BOTH("ABCDE1", "ABCDEF1", "Deny", "Allow"), REMOVABLE, 1, 1, "abcde1", 0, VERDICT_ALLOW,
	  0 },
	{ BOTH("ABCDEF1", "ABCDEF1*", "Deny", "Allow"), REMOVABLE, 1, 1, "ABCDEf1", 0, VERDICT_DENY,
	  0 },
	/* Names that are none, or only look like some: perhaps. */
	{ ONE_OF(PATH("USBSTOR\\D\\12\\3"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "12", 0,
	  VERDICT_DENY, 0 },
	{ ONE_OF(PATH("USBSTOR\\D"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "12", 0,
	  VERDICT_DENY, 0 },
	{ ONE_OF(PATH("USBSTOR\\D\\*"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "12", 0,
	  VERDICT_DENY, 0 },
	{ ONE(PATH("USBSTOR\\D\\12&amp;0x"), "Allow", 63), REMOVABLE, 1, 1, "12", 0, VERDICT_DENY,
	  0 },
	{ ONE(PATH("USB\\VID_0001&amp;PID_0001\\"), "Allow", 63), REMOVABLE, 1, 1, "12", 0,
	  VERDICT_DENY, 0 },
	{ ONE_OF(PATH("USB\\VID_00010000&amp;PID_0001\\1"), "Deny", 63, "Allow", 127), REMOVABLE, 1,
	  1, "12", 0, VERDICT_DENY, 0 },
	{ ONE_OF(PATH("USB\\VID_0001&amp;REV_0001\\1"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1,
	  "12", 0, VERDICT_DENY, 0 },
	{ ONE_OF(PATH("USB\\VID_0001&amp;PID_00010000\\1"), "Deny", 63, "Allow", 127), REMOVABLE, 1,
	  1, "12", 0, VERDICT_DENY, 0 },
	{ ONE_OF(PATH("USB\\VID_&amp;PID_0001\\1"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1,
	  "12", 0, VERDICT_DENY, 0 },
	{ ONE_OF(PATH("USB\\VID_0001&amp;PID_\\1"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1,
	  "12", 0, VERDICT_DENY, 0 },
	{ ONE_OF(PATH("USB\\VID_0001&amp;PID_00g1\\1"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1,
	  "12", 0, VERDICT_DENY, 0 },
/* No device's serial or name is so long. */
#define HUNDRED                                                                                    \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567" \
	"89012345678\\"
#define FOUR_HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
	{ ONE_OF(SERIAL(FOUR_HUNDRED), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "12", 0,
	  VERDICT_ALLOW, 0 },
	{ ONE_OF(FRIENDLY(FOUR_HUNDRED), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "12", 0,
	  VERDICT_DENY, 0 },
	{ ONE_OF(FRIENDLY("X USB Device*"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "12", 0,
	  VERDICT_DENY, 0 },
	{ ONE_OF(PATH(FOUR_HUNDRED FOUR_HUNDRED FOUR_HUNDRED FOUR_HUNDRED), "Deny", 63, "Allow",
		 127),
	  REMOVABLE, 1, 1, "12", 0, VERDICT_DENY, 0 },
/* Backslashes, which our patterns write twice, may make a pattern too long: perhaps. */
#define SLASHES	     "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
#define MANY_SLASHES SLASHES SLASHES SLASHES SLASHES SLASHES SLASHES SLASHES SLASHES SLASHES SLASHES
	{ ONE_OF(SERIAL(MANY_SLASHES "*"), "Deny", 63, "Allow", 127), REMOVABLE, 1, 1, "12", 0,
	  VERDICT_DENY, 0 },
	/* Descriptors in the place of groups, as Microsoft's own sample has them. */
	{ POLICY("", RULE(2, MEDIA, "<VID>0951</VID>", ENTRY("Allow", 63, ""))), REMOVABLE, 0x0952,
	  1, "S", 0, VERDICT_ALLOW, 0 },
	{ POLICY("", RULE(2, MEDIA, "<VID>0951</VID>", ENTRY("Allow", 63, ""))), REMOVABLE, 0x0951,
	  1, "S", 0, VERDICT_DENY, 0 },
};

static void documented_results_come_out(void **state)
{
	(void)state;

	for (size_t i = 0; i < COUNT(expectations); i++) {
		const struct expectation *e = &expectations[i];
		struct import import = model_import(true, e->text);
		struct rules *rules = model_rules(&import);
		struct model_subject subject;

		model_device(e->family, e->vendor, e->product, e->serial, "DataTraveler", &subject);
		const struct outcome outcome = model_decide(rules, &subject, e->encryption);
		if (outcome.verdict != e->verdict || outcome.modifiers != e->modifiers)
			fail_msg("row %zu: %s %u", i, verdict_to_text(outcome.verdict),
				 outcome.modifiers);
		rules_free(rules);
		import_finish(&import);
	}
}

/* A drive that may be a disk or a CD-ROM drive to Windows gets what both get. */
static void a_drive_of_two_families_gets_the_stricter(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum verdict verdict;
	} rows[] = {
		{ ONE(MEDIA, "Allow", 63), VERDICT_DENY },
		{ ONE("<PrimaryId>CdRomDevices</PrimaryId>", "Allow", 63), VERDICT_DENY },
		{ ONE(MEDIA "<PrimaryId>CdRomDevices</PrimaryId>", "Allow", 63), VERDICT_ALLOW },
		{ ONE("<VID>0001</VID>", "Allow", 9), VERDICT_READ_ONLY },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct import import = model_import(true, rows[i].text);
		struct rules *rules = model_rules(&import);
		struct model_subject subject;

		model_drive(1, 1, "S", &subject);
		assert_int_equal(model_decide(rules, &subject, ENCRYPTION_NONE).verdict,
				 rows[i].verdict);
		rules_free(rules);
		import_finish(&import);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documented_results_come_out),
		cmocka_unit_test(a_drive_of_two_families_gets_the_stricter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
