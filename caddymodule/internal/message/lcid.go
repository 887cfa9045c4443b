package message

import "strconv"

// lcids are the language tags of Windows language code identifiers, which the
// claim resolver {Culture:LCID} of a custom policy gives in decimal. They are
// those of [MS-LCID], section 2.2, without sort orders (1034 is the traditional
// one of es-ES) and with today's Serbia for the state of 2003 (2074, 3098). The
// first lines are languages without a region.
//
// [MS-LCID]: https://learn.microsoft.com/openspecs/windows_protocols/ms-lcid
var lcids = map[uint64]string{
	4: "zh-Hans", 5: "cs", 6: "da", 7: "de", 8: "el", 9: "en", 10: "es", 11: "fi", 12: "fr", 13: "he",
	14: "hu", 16: "it", 17: "ja", 18: "ko", 19: "nl", 20: "no", 21: "pl", 22: "pt", 24: "ro", 25: "ru",
	29: "sv", 30: "th", 31: "tr", 34: "uk", 42: "vi", 30724: "zh", 31748: "zh-Hant",

	1025: "ar-SA", 2049: "ar-IQ", 3073: "ar-EG", 4097: "ar-LY", 5121: "ar-DZ", 6145: "ar-MA", 7169: "ar-TN", 8193: "ar-OM",
	9217: "ar-YE", 10241: "ar-SY", 11265: "ar-JO", 12289: "ar-LB", 13313: "ar-KW", 14337: "ar-AE", 15361: "ar-BH", 16385: "ar-QA",
	1028: "zh-TW", 2052: "zh-CN", 3076: "zh-HK", 4100: "zh-SG", 5124: "zh-MO",
	1031: "de-DE", 2055: "de-CH", 3079: "de-AT", 4103: "de-LU", 5127: "de-LI",
	1033: "en-US", 2057: "en-GB", 3081: "en-AU", 4105: "en-CA", 5129: "en-NZ", 6153: "en-IE", 7177: "en-ZA", 8201: "en-JM",
	10249: "en-BZ", 11273: "en-TT", 12297: "en-ZW", 13321: "en-PH", 15369: "en-HK", 16393: "en-IN", 17417: "en-MY", 18441: "en-SG",
	1034: "es-ES", 2058: "es-MX", 3082: "es-ES", 4106: "es-GT", 5130: "es-CR", 6154: "es-PA", 7178: "es-DO", 8202: "es-VE",
	9226: "es-CO", 10250: "es-PE", 11274: "es-AR", 12298: "es-EC", 13322: "es-CL", 14346: "es-UY", 15370: "es-PY", 16394: "es-BO",
	17418: "es-SV", 18442: "es-HN", 19466: "es-NI", 20490: "es-PR", 21514: "es-US", 22538: "es-419",
	1036: "fr-FR", 2060: "fr-BE", 3084: "fr-CA", 4108: "fr-CH", 5132: "fr-LU", 6156: "fr-MC",
	1040: "it-IT", 2064: "it-CH",
	1043: "nl-NL", 2067: "nl-BE",
	1044: "nb-NO", 2068: "nn-NO",
	1046: "pt-BR", 2070: "pt-PT",
	1048: "ro-RO", 2072: "ro-MD", 1049: "ru-RU", 2073: "ru-MD",
	1050: "hr-HR", 4122: "hr-BA", 5146: "bs-Latn-BA", 8218: "bs-Cyrl-BA",
	2074: "sr-Latn-RS", 3098: "sr-Cyrl-RS", 6170: "sr-Latn-BA", 7194: "sr-Cyrl-BA", 9242: "sr-Latn-RS", 10266: "sr-Cyrl-RS", 11290: "sr-Latn-ME", 12314: "sr-Cyrl-ME",
	1053: "sv-SE", 2077: "sv-FI",
	1068: "az-Latn-AZ", 2092: "az-Cyrl-AZ", 1091: "uz-Latn-UZ", 2115: "uz-Cyrl-UZ",
	1086: "ms-MY", 2110: "ms-BN", 1093: "bn-IN", 2117: "bn-BD",

	1026: "bg-BG", 1027: "ca-ES", 1029: "cs-CZ", 1030: "da-DK", 1032: "el-GR", 1035: "fi-FI", 1037: "he-IL", 1038: "hu-HU",
	1039: "is-IS", 1041: "ja-JP", 1042: "ko-KR", 1045: "pl-PL", 1047: "rm-CH", 1051: "sk-SK", 1052: "sq-AL", 1054: "th-TH",
	1055: "tr-TR", 1056: "ur-PK", 1057: "id-ID", 1058: "uk-UA", 1059: "be-BY", 1060: "sl-SI", 1061: "et-EE", 1062: "lv-LV",
	1063: "lt-LT", 1065: "fa-IR", 1066: "vi-VN", 1067: "hy-AM", 1069: "eu-ES", 1071: "mk-MK", 1076: "xh-ZA", 1077: "zu-ZA",
	1078: "af-ZA", 1079: "ka-GE", 1081: "hi-IN", 1082: "mt-MT", 1087: "kk-KZ", 1088: "ky-KG", 1089: "sw-KE", 1094: "pa-IN",
	1095: "gu-IN", 1097: "ta-IN", 1098: "te-IN", 1099: "kn-IN", 1100: "ml-IN", 1102: "mr-IN", 1104: "mn-MN", 1106: "cy-GB",
	1107: "km-KH", 1108: "lo-LA", 1110: "gl-ES", 1118: "am-ET", 1121: "ne-NP", 1122: "fy-NL", 1124: "fil-PH", 1134: "lb-LU",
	2108: "ga-IE",
}

// tagOfLCID gives the tag of a decimal LCID, or "". No language tag is a number
// (RFC 5646, section 2.1), so the two cannot be mistaken for each other.
func tagOfLCID(word string) string {
	if len(word) > 5 || word == "" || !isDigit(word[0]) {
		return ""
	}
	id, err := strconv.ParseUint(word, 10, 16)
	if err != nil {
		return ""
	}
	return lcids[id]
}
