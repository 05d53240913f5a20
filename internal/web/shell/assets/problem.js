// Brings a refusal, or what was just done, into view for eyes, keyboard and screen reader.
document.getElementById("problem")?.focus();
document.getElementById("said")?.focus();
