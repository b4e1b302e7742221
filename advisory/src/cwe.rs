//! Names of weaknesses: those that software teams meet, from the CWE list (cwe.mitre.org). Others bring their name along.

use crate::model::Weakness;

/// Number and name. CSAF wants both.
const NAMES: &[(u32, &str)] = &[
    (20, "Improper Input Validation"),
    (22, "Improper Limitation of a Pathname to a Restricted Directory ('Path Traversal')"),
    (59, "Improper Link Resolution Before File Access ('Link Following')"),
    (77, "Improper Neutralization of Special Elements used in a Command ('Command Injection')"),
    (78, "Improper Neutralization of Special Elements used in an OS Command ('OS Command Injection')"),
    (79, "Improper Neutralization of Input During Web Page Generation ('Cross-site Scripting')"),
    (88, "Improper Neutralization of Argument Delimiters in a Command ('Argument Injection')"),
    (89, "Improper Neutralization of Special Elements used in an SQL Command ('SQL Injection')"),
    (94, "Improper Control of Generation of Code ('Code Injection')"),
    (113, "Improper Neutralization of CRLF Sequences in HTTP Headers ('HTTP Request/Response Splitting')"),
    (116, "Improper Encoding or Escaping of Output"),
    (119, "Improper Restriction of Operations within the Bounds of a Memory Buffer"),
    (120, "Buffer Copy without Checking Size of Input ('Classic Buffer Overflow')"),
    (121, "Stack-based Buffer Overflow"),
    (122, "Heap-based Buffer Overflow"),
    (125, "Out-of-bounds Read"),
    (131, "Incorrect Calculation of Buffer Size"),
    (134, "Use of Externally-Controlled Format String"),
    (189, "Numeric Errors"),
    (190, "Integer Overflow or Wraparound"),
    (191, "Integer Underflow (Wrap or Wraparound)"),
    (200, "Exposure of Sensitive Information to an Unauthorized Actor"),
    (203, "Observable Discrepancy"),
    (208, "Observable Timing Discrepancy"),
    (209, "Generation of Error Message Containing Sensitive Information"),
    (269, "Improper Privilege Management"),
    (276, "Incorrect Default Permissions"),
    (284, "Improper Access Control"),
    (285, "Improper Authorization"),
    (287, "Improper Authentication"),
    (295, "Improper Certificate Validation"),
    (306, "Missing Authentication for Critical Function"),
    (310, "Cryptographic Issues"),
    (311, "Missing Encryption of Sensitive Data"),
    (312, "Cleartext Storage of Sensitive Information"),
    (319, "Cleartext Transmission of Sensitive Information"),
    (327, "Use of a Broken or Risky Cryptographic Algorithm"),
    (330, "Use of Insufficiently Random Values"),
    (345, "Insufficient Verification of Data Authenticity"),
    (347, "Improper Verification of Cryptographic Signature"),
    (352, "Cross-Site Request Forgery (CSRF)"),
    (362, "Concurrent Execution using Shared Resource with Improper Synchronization ('Race Condition')"),
    (367, "Time-of-check Time-of-use (TOCTOU) Race Condition"),
    (369, "Divide By Zero"),
    (377, "Insecure Temporary File"),
    (400, "Uncontrolled Resource Consumption"),
    (401, "Missing Release of Memory after Effective Lifetime"),
    (404, "Improper Resource Shutdown or Release"),
    (407, "Inefficient Algorithmic Complexity"),
    (415, "Double Free"),
    (416, "Use After Free"),
    (427, "Uncontrolled Search Path Element"),
    (434, "Unrestricted Upload of File with Dangerous Type"),
    (444, "Inconsistent Interpretation of HTTP Requests ('HTTP Request/Response Smuggling')"),
    (457, "Use of Uninitialized Variable"),
    (476, "NULL Pointer Dereference"),
    (502, "Deserialization of Untrusted Data"),
    (522, "Insufficiently Protected Credentials"),
    (532, "Insertion of Sensitive Information into Log File"),
    (601, "URL Redirection to Untrusted Site ('Open Redirect')"),
    (611, "Improper Restriction of XML External Entity Reference"),
    (617, "Reachable Assertion"),
    (639, "Authorization Bypass Through User-Controlled Key"),
    (662, "Improper Synchronization"),
    (667, "Improper Locking"),
    (668, "Exposure of Resource to Wrong Sphere"),
    (674, "Uncontrolled Recursion"),
    (681, "Incorrect Conversion between Numeric Types"),
    (682, "Incorrect Calculation"),
    (704, "Incorrect Type Conversion or Cast"),
    (732, "Incorrect Permission Assignment for Critical Resource"),
    (754, "Improper Check for Unusual or Exceptional Conditions"),
    (755, "Improper Handling of Exceptional Conditions"),
    (770, "Allocation of Resources Without Limits or Throttling"),
    (772, "Missing Release of Resource after Effective Lifetime"),
    (787, "Out-of-bounds Write"),
    (798, "Use of Hard-coded Credentials"),
    (824, "Access of Uninitialized Pointer"),
    (834, "Excessive Iteration"),
    (835, "Loop with Unreachable Exit Condition ('Infinite Loop')"),
    (843, "Access of Resource Using Incompatible Type ('Type Confusion')"),
    (862, "Missing Authorization"),
    (863, "Incorrect Authorization"),
    (908, "Use of Uninitialized Resource"),
    (918, "Server-Side Request Forgery (SSRF)"),
    (1188, "Initialization of a Resource with an Insecure Default"),
    (1284, "Improper Validation of Specified Quantity in Input"),
    (1321, "Improperly Controlled Modification of Object Prototype Attributes ('Prototype Pollution')"),
    (1333, "Inefficient Regular Expression Complexity"),
];

/// Reads `CWE-416`, or `CWE-9999: Its Name` for one whose name is not known here.
pub(crate) fn parse(text: &str) -> Result<Weakness, String> {
    let (id, name) = text.split_once(':').map_or((text, None), |(id, name)| (id, Some(name.trim())));
    let number = id.trim().strip_prefix("CWE-").and_then(|number| number.parse().ok());
    let Some(number) = number.filter(|number| *number > 0) else {
        return Err(format!("“{text}” is no weakness; write it as CWE-416"));
    };
    let known = NAMES.iter().find(|(known, _)| *known == number).map(|(_, name)| *name);
    match (known, name) {
        (Some(known), Some(given)) if known != given => {
            Err(format!("CWE-{number} is named “{known}”; write CWE-{number} alone"))
        }
        (Some(name), _) => Ok(Weakness { number, name: name.to_owned() }),
        (None, Some(name)) if !name.is_empty() => Ok(Weakness { number, name: name.to_owned() }),
        (None, _) => Err(format!(
            "the name of CWE-{number} is not known here; write it as “CWE-{number}: Its Name” (cwe.mitre.org)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weakness_has_a_number_and_its_own_name() {
        assert_eq!(parse("CWE-416").unwrap(), Weakness { number: 416, name: "Use After Free".to_owned() });
        assert_eq!(parse("CWE-1395: Dependency on Vulnerable Third-Party Component").unwrap().number, 1395);
        for bad in ["416", "CWE-", "CWE-0", "CWE-416: Double Free", "CWE-1395", "CWE-x"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0), "in order, each once");
    }
}
