#include "csv_columns.h"

#include <errno.h>
#include <string.h>

/* Neither product publishes the header lines of its lists as text; they are named after what the
 * manuals call the fields, however it is spelt.  ManageEngine, "CSV Format" of Device Control Plus:
 * device type with parent instance and device instance paths, or with serial number, product and
 * vendor ids, and a custom device name; the lines themselves are in samples to download.  Endpoint
 * Protector, "Devices and Computers" of its manual: name, friendly name, type, PID, department,
 * description, friendly description, VID, serial number and custom class; what an export puts above
 * them is not said.  So a list whose columns are not known is refused, and says which are missing.
 */
static const struct {
	const char *word;
	enum csv_column column;
} names[] = {
	{ "bus", CSV_BUS },
	{ "匯流排", CSV_BUS },
	{ "vendor", CSV_VENDOR },
	{ "vendorid", CSV_VENDOR },
	{ "idvendor", CSV_VENDOR },
	{ "vid", CSV_VENDOR },
	{ "廠商代碼", CSV_VENDOR },
	{ "廠商識別碼", CSV_VENDOR },
	{ "product", CSV_PRODUCT },
	{ "productid", CSV_PRODUCT },
	{ "idproduct", CSV_PRODUCT },
	{ "pid", CSV_PRODUCT },
	{ "產品代碼", CSV_PRODUCT },
	{ "產品識別碼", CSV_PRODUCT },
	{ "serial", CSV_SERIAL },
	{ "serialnumber", CSV_SERIAL },
	{ "serialno", CSV_SERIAL },
	{ "sn", CSV_SERIAL },
	{ "序號", CSV_SERIAL },
	{ "tag", CSV_TAG },
	{ "assettag", CSV_TAG },
	{ "財產編號", CSV_TAG },
	{ "資產編號", CSV_TAG },
	{ "name", CSV_NAME },
	{ "devicename", CSV_NAME },
	{ "customname", CSV_NAME },
	{ "customdevicename", CSV_NAME },
	{ "名稱", CSV_NAME },
	{ "設備名稱", CSV_NAME },
	{ "品名", CSV_NAME },
	{ "custodian", CSV_CUSTODIAN },
	{ "保管人", CSV_CUSTODIAN },
	{ "unit", CSV_UNIT },
	{ "department", CSV_UNIT },
	{ "單位", CSV_UNIT },
	{ "保管單位", CSV_UNIT },
	{ "verdict", CSV_VERDICT },
	{ "right", CSV_VERDICT },
	{ "rights", CSV_VERDICT },
	{ "deviceright", CSV_VERDICT },
	{ "devicerights", CSV_VERDICT },
	{ "accessright", CSV_VERDICT },
	{ "accessrights", CSV_VERDICT },
	{ "處置", CSV_VERDICT },
	{ "權限", CSV_VERDICT },
	{ "modifiers", CSV_MODIFIERS },
	{ "附加措施", CSV_MODIFIERS },
	{ "functions", CSV_FUNCTIONS },
	{ "function", CSV_FUNCTIONS },
	{ "功能", CSV_FUNCTIONS },
	{ "devicetype", CSV_TYPE },
	{ "type", CSV_TYPE },
	{ "設備類型", CSV_TYPE },
	{ "deviceinstancepath", CSV_PATH },
	{ "instancepath", CSV_PATH },
	{ "devicepath", CSV_PATH },
	{ "parentdeviceinstancepath", CSV_PARENT_PATH },
	{ "parentinstancepath", CSV_PARENT_PATH },
};

/* Columns that say nothing here, but tell whose list it is. */
static const char *const endpoint_protector[] = { "friendlyname", "friendlydescription",
						  "customclass",  "devicecode",
						  "lastcomputer", "lastuser" };

void csv_columns_init(struct csv_columns *columns)
{
	*columns = (struct csv_columns){ .source = CSV_PLAIN };
	for (int c = 0; c < _CSV_COLUMN_MAX; c++)
		columns->at[c] = -1;
}

/* A list with ManageEngine's numbered types has its patterns, too. */
static void guess_source(struct csv_columns *columns, const char *word)
{
	for (size_t i = 0; i < sizeof(endpoint_protector) / sizeof(endpoint_protector[0]); i++)
		if (strcmp(word, endpoint_protector[i]) == 0)
			columns->source = CSV_ENDPOINT_PROTECTOR;
	if (columns->source == CSV_PLAIN &&
	    (columns->at[CSV_TYPE] >= 0 || columns->at[CSV_PATH] >= 0))
		columns->source = CSV_MANAGEENGINE;
}

static bool says_what_it_is(enum csv_column column)
{
	return column == CSV_BUS || column == CSV_VENDOR || column == CSV_PRODUCT ||
	       column == CSV_SERIAL || column == CSV_VERDICT || column == CSV_PATH ||
	       column == CSV_PARENT_PATH;
}

int csv_columns_add(struct csv_columns *columns, const char *name)
{
	char word[CSV_WORD_SIZE];
	const size_t place = columns->n;
	int r = 0;

	if (place == CSV_MAX_COLUMNS)
		return -E2BIG;
	columns->n++;
	csv_word(name, word);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int *at = &columns->at[names[i].column];

		if (strcmp(word, names[i].word) != 0)
			continue;
		if (*at >= 0)
			return says_what_it_is(names[i].column) ? -EEXIST : 0;
		*at = (int)place;
		r = 1;
		break;
	}
	guess_source(columns, word);
	return r;
}

bool csv_columns_suffice(const struct csv_columns *columns)
{
	return columns->at[CSV_PATH] >= 0 || columns->at[CSV_PARENT_PATH] >= 0 ||
	       (columns->at[CSV_VENDOR] >= 0 && columns->at[CSV_PRODUCT] >= 0 &&
		columns->at[CSV_SERIAL] >= 0);
}
