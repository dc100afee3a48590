#include "csv_values.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "policy/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define F(name)	     FUNCTION_BIT(FUNCTION_##name)

static const struct {
	const char *word;
	enum verdict verdict;
	enum csv_right right;
} rights[] = {
	{ "allow", VERDICT_ALLOW },
	{ "allowed", VERDICT_ALLOW },
	{ "allowaccess", VERDICT_ALLOW },
	{ "fullaccess", VERDICT_ALLOW },
	{ "允許", VERDICT_ALLOW },
	{ "准許", VERDICT_ALLOW },
	{ "deny", VERDICT_DENY },
	{ "denied", VERDICT_DENY },
	{ "denyaccess", VERDICT_DENY },
	{ "block", VERDICT_DENY },
	{ "blocked", VERDICT_DENY },
	{ "blockaccess", VERDICT_DENY },
	{ "拒絕", VERDICT_DENY },
	{ "阻擋", VERDICT_DENY },
	{ "禁止", VERDICT_DENY },
	{ "readonly", VERDICT_READ_ONLY },
	{ "readonlyaccess", VERDICT_READ_ONLY },
	{ "enablereadonlyaccess", VERDICT_READ_ONLY },
	{ "唯讀", VERDICT_READ_ONLY },
	{ "encryptedonly", VERDICT_ENCRYPTED_ONLY },
	{ "encrypted", VERDICT_ENCRYPTED_ONLY },
	{ "加密", VERDICT_ENCRYPTED_ONLY },
	{ "僅限加密", VERDICT_ENCRYPTED_ONLY },
	{ "chargeonly", VERDICT_CHARGE_ONLY },
	{ "僅供充電", VERDICT_CHARGE_ONLY },
	{ "preserveglobalsettings", VERDICT_DENY, CSV_RIGHT_INHERITED },
	{ "preserveglobal", VERDICT_DENY, CSV_RIGHT_INHERITED },
};

/* Endpoint Protector's trusted devices, which are encrypted by it or by themselves; its manual also
 * writes the first level with a '+', which only says how the program gets on them. */
static const char *const trusted[] = {
	"td",
	"tdlevel",
	"trusteddevicelevel",
	"allowaccessiftd",
	"allowaccessiftdlevel",
	"allowaccessiftrusteddevicelevel",
};

/* By the beginning of the word; the first that fits. */
static const struct {
	const char *word;
	function_set functions;
} types[] = {
	{ "usbstorage", F(STORAGE) },
	{ "removablestorage", F(STORAGE) },
	{ "storage", F(STORAGE) },
	{ "externalcd", F(STORAGE) },
	{ "cdrom", F(STORAGE) },
	{ "externalhdd", F(STORAGE) },
	{ "externalharddisk", F(STORAGE) },
	{ "cardreader", F(STORAGE) },
	{ "zipdrive", F(STORAGE) },
	{ "floppy", F(STORAGE) },
	{ "tapedrive", F(STORAGE) },
	{ "隨身碟", F(STORAGE) },
	{ "外接硬碟", F(STORAGE) },
	{ "儲存媒體", F(STORAGE) },
	{ "windowsportabledevice", F(PHONE) },
	{ "digitalcamera", F(PHONE) },
	{ "apple", F(PHONE) },
	{ "iphone", F(PHONE) },
	{ "ipad", F(PHONE) },
	{ "ipod", F(PHONE) },
	{ "androidsmartphone", F(PHONE) },
	{ "smartphone", F(PHONE) },
	{ "mobilephone", F(PHONE) },
	{ "blackberry", F(PHONE) },
	{ "手機", F(PHONE) },
	{ "bluetooth", F(BLUETOOTH) },
	{ "localprinter", F(PRINTER) },
	{ "printer", F(PRINTER) },
	{ "usbmodem", F(SERIAL) | F(NETWORK) },
	{ "modem", F(SERIAL) | F(NETWORK) },
	{ "wifi", F(NETWORK) },
	{ "wirelessnetworkadapter", F(NETWORK) },
	{ "webcam", F(VIDEO) },
	{ "imagingdevice", F(PHONE) | F(VIDEO) },
	{ "serialport", F(SERIAL) },
	{ "additionalkeyboard", F(KEYBOARD) | F(HID) },
	{ "keyboard", F(KEYBOARD) | F(HID) },
	{ "mouse", F(POINTER) | F(HID) },
	{ "chipcard", F(SMARTCARD) },
	{ "smartcard", F(SMARTCARD) },
	{ "audiodevice", F(AUDIO) },
};

/* ManageEngine's numbers; 0 for what is no device of ours or not told from others: parallel ports,
 * biometric and infrared devices. */
static const function_set numbered[] = {
	[1] = F(STORAGE),
	[2] = F(STORAGE),
	[3] = F(PHONE),
	[4] = F(PHONE),
	[5] = F(BLUETOOTH),
	[6] = F(PRINTER),
	[7] = F(SERIAL) | F(NETWORK),
	[8] = F(NETWORK),
	[9] = F(PHONE) | F(VIDEO),
	[10] = F(SERIAL),
	[11] = 0,
	[12] = 0,
	[13] = 0,
	[14] = F(SMARTCARD),
	[15] = F(STORAGE),
	[16] = F(POINTER) | F(HID),
	[17] = F(KEYBOARD) | F(HID),
	[18] = F(STORAGE),
};

static const char digits[] = "0123456789";
static const char hex_digits[] = "0123456789abcdefABCDEF";
static const char separators[] = " \t,;|";

void csv_word(const char *text, char ret[static CSV_WORD_SIZE])
{
	size_t n = 0;

	for (; *text != '\0' && n < CSV_WORD_SIZE; text++) {
		const char c = *text;

		if (c >= 'A' && c <= 'Z')
			ret[n++] = (char)(c - 'A' + 'a');
		else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
			 (unsigned char)c >= 0x80)
			ret[n++] = c;
	}
	ret[n < CSV_WORD_SIZE ? n : 0] = '\0';
}

int csv_id(const char *text)
{
	static const char *const prefixes[] = { "0x", "VID_", "PID_" };
	int id = 0;
	size_t n;

	for (size_t i = 0; i < COUNT(prefixes); i++)
		if (strncasecmp(text, prefixes[i], strlen(prefixes[i])) == 0) {
			text += strlen(prefixes[i]);
			break;
		}
	n = strspn(text, hex_digits);
	if (n == 0 || n > 4 || text[n] != '\0')
		return -EINVAL;
	for (; *text != '\0'; text++)
		id = id << 4 | (*text <= '9' ? *text - '0' : (*text & 7) + 9);
	return id;
}

/* "td1", "tdlevel2+", "trusteddevicelevel1device": one of trusted[], its level, and no more. */
static bool is_trusted(const char *word)
{
	for (size_t i = 0; i < COUNT(trusted); i++) {
		const size_t n = strlen(trusted[i]);
		const char *end = word + n + 1;

		if (strncmp(word, trusted[i], n) != 0 || word[n] < '1' || word[n] > '4')
			continue;
		if (*end == '+')
			end++;
		if (*end == '\0' || strcmp(end, "device") == 0)
			return true;
	}
	return false;
}

enum csv_right csv_right(const char *text, enum verdict *ret)
{
	char word[CSV_WORD_SIZE];

	csv_word(text, word);
	for (size_t i = 0; i < COUNT(rights); i++)
		if (strcmp(word, rights[i].word) == 0) {
			*ret = rights[i].verdict;
			return rights[i].right;
		}
	*ret = is_trusted(word) ? VERDICT_ENCRYPTED_ONLY : VERDICT_DENY;
	return is_trusted(word) ? CSV_RIGHT_OWN_ENCRYPTION : CSV_RIGHT_UNKNOWN;
}

function_set csv_type(const char *text)
{
	char word[CSV_WORD_SIZE];

	csv_word(text, word);
	if (word[0] != '\0' && word[strspn(word, digits)] == '\0' && strlen(word) <= 2) {
		const int number =
			word[1] == '\0' ? word[0] - '0' : (word[0] - '0') * 10 + word[1] - '0';

		return number < (int)COUNT(numbered) ? numbered[number] : 0;
	}
	for (size_t i = 0; i < COUNT(types); i++)
		if (strncmp(word, types[i].word, strlen(types[i].word)) == 0)
			return types[i].functions;
	return 0;
}

/* The next word of *@text, in @ret; false at the end.  A word that is too long is empty. */
static bool next_word(const char **text, char ret[static CSV_WORD_SIZE])
{
	const char *begin = *text + strspn(*text, separators);
	const size_t n = strcspn(begin, separators), kept = n < CSV_WORD_SIZE ? n : 0;

	*text = begin + n;
	memcpy(ret, begin, kept);
	ret[kept] = '\0';
	return n > 0;
}

int csv_functions(const char *text, function_set *ret)
{
	char word[CSV_WORD_SIZE];
	function_set set = 0;

	while (next_word(&text, word)) {
		const int function = function_from_text(word);

		if (strcasecmp(word, "all") == 0 || strcmp(word, "*") == 0)
			set = ~(function_set)0;
		else if (function < 0)
			return -EINVAL;
		else
			set |= FUNCTION_BIT(function);
	}
	if (set == 0)
		return -EINVAL;
	*ret = set;
	return 0;
}

int csv_modifiers(const char *text, modifier_set *ret)
{
	char word[CSV_WORD_SIZE];
	modifier_set set = 0;

	while (next_word(&text, word)) {
		const int modifier = modifier_from_text(word);

		if (modifier < 0)
			return -EINVAL;
		set |= (modifier_set)modifier;
	}
	*ret = set;
	return 0;
}

int csv_path(const char *path, uint16_t *ret_vendor, uint16_t *ret_product, const char **ret_serial)
{
	/* USB\VID_vvvv&PID_pppp, then '\' or '&' and more. */
	enum { VENDOR = 8, PRODUCT = 17, END = 21 };
	uint8_t ids[4];

	if (strlen(path) <= END || strncasecmp(path, "USB\\VID_", VENDOR) != 0 ||
	    strncasecmp(path + VENDOR + 4, "&PID_", PRODUCT - VENDOR - 4) != 0)
		return -EINVAL;

	const char hex[] = { path[8],  path[9],	 path[10], path[11], path[17],
			     path[18], path[19], path[20], '\0' };
	const char *serial = strchr(path + END, '\\');

	if (text_unhex(hex, ids, sizeof(ids)) < 0 || serial == NULL)
		return -EINVAL;
	*ret_vendor = (uint16_t)(ids[0] << 8 | ids[1]);
	*ret_product = (uint16_t)(ids[2] << 8 | ids[3]);
	serial++;
	*ret_serial = path[END] == '\\' && serial[0] != '\0' && strpbrk(serial, "&\\") == NULL
			      ? serial
			      : NULL;
	return 0;
}

bool csv_is_rounded(const char *text)
{
	size_t n = strspn(text, digits);

	if (n == 0)
		return false;
	text += n;
	if (*text == '.')
		text += 1 + strspn(text + 1, digits);
	return (text[0] == 'E' || text[0] == 'e') && text[1] == '+' && text[2] != '\0' &&
	       text[2 + strspn(text + 2, digits)] == '\0';
}
