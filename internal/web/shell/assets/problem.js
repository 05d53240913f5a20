// Brings a refusal into view for eyes, keyboard and screen reader.
document.getElementById("problem")?.focus();
