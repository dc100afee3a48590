#include "reason.h"

#include <stdio.h>
#include <string.h>

static const char *verdict_in_english(enum verdict verdict)
{
	static const char *const words[_VERDICT_MAX] = {
		[VERDICT_DENY] = "it is blocked",
		[VERDICT_CHARGE_ONLY] = "it may be charged; its data cannot be reached",
		[VERDICT_ENCRYPTED_ONLY] = "it may be used only where it is encrypted",
		[VERDICT_READ_ONLY] = "it may be read, not written",
		[VERDICT_ALLOW] = "it may be used",
	};
	return words[verdict];
}

static const char *verdict_in_chinese(enum verdict verdict)
{
	static const char *const words[_VERDICT_MAX] = {
		[VERDICT_DENY] = "阻擋",
		[VERDICT_CHARGE_ONLY] = "僅供充電，不得存取資料",
		[VERDICT_ENCRYPTED_ONLY] = "僅准許使用已加密的媒體",
		[VERDICT_READ_ONLY] = "唯讀",
		[VERDICT_ALLOW] = "准許使用",
	};
	return words[verdict];
}

static const char *function_in_english(enum function function)
{
	static const char *const words[_FUNCTION_MAX] = {
		[FUNCTION_OTHER] = "other devices",
		[FUNCTION_STORAGE] = "storage media",
		[FUNCTION_PHONE] = "phones and cameras",
		[FUNCTION_KEYBOARD] = "keyboards",
		[FUNCTION_POINTER] = "pointing devices",
		[FUNCTION_HID] = "other input devices",
		[FUNCTION_NETWORK] = "network adapters",
		[FUNCTION_BLUETOOTH] = "Bluetooth adapters",
		[FUNCTION_SERIAL] = "serial ports and modems",
		[FUNCTION_PRINTER] = "printers",
		[FUNCTION_AUDIO] = "audio devices",
		[FUNCTION_VIDEO] = "video devices",
		[FUNCTION_SMARTCARD] = "smart card readers",
		[FUNCTION_HUB] = "hubs",
		[FUNCTION_FIRMWARE] = "firmware updates",
		[FUNCTION_VENDOR] = "vendor-specific devices",
	};
	return words[function];
}

static const char *function_in_chinese(enum function function)
{
	static const char *const words[_FUNCTION_MAX] = {
		[FUNCTION_OTHER] = "其他設備",	       [FUNCTION_STORAGE] = "儲存媒體",
		[FUNCTION_PHONE] = "手機與相機",       [FUNCTION_KEYBOARD] = "鍵盤",
		[FUNCTION_POINTER] = "指標設備",       [FUNCTION_HID] = "其他輸入設備",
		[FUNCTION_NETWORK] = "網路卡",	       [FUNCTION_BLUETOOTH] = "藍牙裝置",
		[FUNCTION_SERIAL] = "序列埠與數據機",  [FUNCTION_PRINTER] = "印表機",
		[FUNCTION_AUDIO] = "音訊設備",	       [FUNCTION_VIDEO] = "視訊設備",
		[FUNCTION_SMARTCARD] = "智慧卡讀卡機", [FUNCTION_HUB] = "集線器",
		[FUNCTION_FIRMWARE] = "韌體更新",      [FUNCTION_VENDOR] = "廠商自訂設備",
	};
	return words[function];
}

/* What to do next, for those whose device does not do what they wanted. */
static const char *advice_in_english(enum verdict verdict)
{
	return verdict == VERDICT_ALLOW
		       ? ""
		       : " If your work needs it, ask your security officer to register it.";
}

static const char *advice_in_chinese(enum verdict verdict)
{
	return verdict == VERDICT_ALLOW ? "" : "如因公務需要使用，請洽資通安全人員申請列冊管理。";
}

/* What is asked of them while they use it. */

static const char *conditions_in_english(const struct interface_decision *decision)
{
	static const char *const sentences[] = {
		"",
		" No program can be started from it.",
		" Files read and written are recorded.",
		" No program can be started from it; files read and written are recorded.",
	};
	return decision->verdict <= VERDICT_CHARGE_ONLY
		       ? ""
		       : sentences[decision->modifiers & (MODIFIER_NOEXEC | MODIFIER_TRAIL)];
}

static const char *conditions_in_chinese(const struct interface_decision *decision)
{
	static const char *const sentences[] = {
		"",
		"不得執行其中的程式。",
		"讀寫的檔案將留存紀錄。",
		"不得執行其中的程式，讀寫的檔案將留存紀錄。",
	};
	return decision->verdict <= VERDICT_CHARGE_ONLY
		       ? ""
		       : sentences[decision->modifiers & (MODIFIER_NOEXEC | MODIFIER_TRAIL)];
}

/* A denial for want of a risk model, which a rule or a default left it to (decide.h). */
static bool wants_risk_model(const struct interface_decision *decision)
{
	static const char *const others[] = { "", "revoked", "registered", "no-function" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(decision->rule, others[i]) == 0)
			return false;
	return true;
}

static void explain_error_in_english(const struct interface_decision *decision, const char *policy,
				     char ret[static RULES_REASON_SIZE])
{
	if (wants_risk_model(decision))
		snprintf(ret, RULES_REASON_SIZE,
			 "\"%s\" of policy \"%s\" leaves this to a risk model, and the policy has "
			 "no risk model; it is blocked. Tell your security officer.",
			 decision->rule, policy);
	else
		snprintf(ret, RULES_REASON_SIZE,
			 "This device could not be judged, and is blocked. Tell your security "
			 "officer.");
}

static void explain_error_in_chinese(const struct interface_decision *decision, const char *policy,
				     char ret[static RULES_REASON_SIZE])
{
	if (wants_risk_model(decision))
		snprintf(ret, RULES_REASON_SIZE,
			 "政策「%s」的「%s」須依風險評鑑判定，但政策未附風險模型，已阻擋。"
			 "請通知資通安全人員。",
			 policy, decision->rule);
	else
		snprintf(ret, RULES_REASON_SIZE, "無法判定此設備，已阻擋。請通知資通安全人員。");
}

static void explain_english(const struct interface_decision *decision, const char *policy,
			    char ret[static RULES_REASON_SIZE])
{
	const char *verdict = verdict_in_english(decision->verdict);
	const char *advice = advice_in_english(decision->verdict);
	const char *conditions = conditions_in_english(decision);

	switch (decision->step) {
	case STEP_REVOKED:
		snprintf(ret, RULES_REASON_SIZE,
			 "This device (%s) is listed as lost, stolen or withdrawn. Do not use it; "
			 "hand it to your security officer.",
			 decision->rule);
		break;
	case STEP_GRANT:
		snprintf(ret, RULES_REASON_SIZE,
			 "By grant %s of a security officer, for a time: %s.%s", decision->rule,
			 verdict, conditions);
		break;
	case STEP_REGISTERED:
		snprintf(ret, RULES_REASON_SIZE, "Registered as %s: %s.%s", decision->rule, verdict,
			 conditions);
		break;
	case STEP_RULE:
		snprintf(ret, RULES_REASON_SIZE, "By rule \"%s\" of policy \"%s\" %s.%s%s",
			 decision->rule, policy, verdict, conditions, advice);
		break;
	case STEP_DEFAULT:
		snprintf(ret, RULES_REASON_SIZE,
			 "No rule of policy \"%s\" speaks of this device. By the default for %s "
			 "%s.%s%s",
			 policy, function_in_english(decision->function), verdict, conditions,
			 advice);
		break;
	case STEP_RISK:
		snprintf(ret, RULES_REASON_SIZE, "By the risk assessment of policy \"%s\" %s.%s%s",
			 policy, verdict, conditions, advice);
		break;
	case STEP_BUILTIN:
		snprintf(ret, RULES_REASON_SIZE,
			 "No policy is in force yet. Until then hubs may be used, and input "
			 "devices that were connected before; anything else is blocked.");
		break;
	default:
		explain_error_in_english(decision, policy, ret);
	}
}

static void explain_chinese(const struct interface_decision *decision, const char *policy,
			    char ret[static RULES_REASON_SIZE])
{
	const char *verdict = verdict_in_chinese(decision->verdict);
	const char *advice = advice_in_chinese(decision->verdict);
	const char *conditions = conditions_in_chinese(decision);

	switch (decision->step) {
	case STEP_REVOKED:
		snprintf(ret, RULES_REASON_SIZE,
			 "此設備（%s）已通報遺失、失竊或停用，請勿使用，並送交資通安全人員。",
			 decision->rule);
		break;
	case STEP_GRANT:
		snprintf(ret, RULES_REASON_SIZE, "依資通安全人員的限時授權（%s）：%s。%s",
			 decision->rule, verdict, conditions);
		break;
	case STEP_REGISTERED:
		snprintf(ret, RULES_REASON_SIZE, "已列冊管理（%s）：%s。%s", decision->rule,
			 verdict, conditions);
		break;
	case STEP_RULE:
		snprintf(ret, RULES_REASON_SIZE, "依政策「%s」的規則「%s」：%s。%s%s", policy,
			 decision->rule, verdict, conditions, advice);
		break;
	case STEP_DEFAULT:
		snprintf(ret, RULES_REASON_SIZE,
			 "政策「%s」沒有規則適用於此設備，依%s的預設處置：%s。%s%s", policy,
			 function_in_chinese(decision->function), verdict, conditions, advice);
		break;
	case STEP_RISK:
		snprintf(ret, RULES_REASON_SIZE, "依政策「%s」的風險評鑑：%s。%s%s", policy,
			 verdict, conditions, advice);
		break;
	case STEP_BUILTIN:
		snprintf(ret, RULES_REASON_SIZE,
			 "尚無生效的政策。在此之前僅准許集線器，以及原已連接的輸入設備；"
			 "其餘一律阻擋。");
		break;
	default:
		explain_error_in_chinese(decision, policy, ret);
	}
}

void reason_write(const struct interface_decision *decision, const char *policy,
		  char ret_en[static RULES_REASON_SIZE], char ret_zh[static RULES_REASON_SIZE])
{
	explain_english(decision, policy, ret_en);
	explain_chinese(decision, policy, ret_zh);
}
