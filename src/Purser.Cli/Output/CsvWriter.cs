namespace Purser.Cli.Output;

/// <summary>Writes CSV as RFC 4180 has it: CRLF, quotes where a field needs them, quotes doubled inside.</summary>
internal static class CsvWriter
{
    /// <summary>Writes one record.</summary>
    public static void WriteRecord(TextWriter output, IEnumerable<string> fields)
    {
        output.Write(string.Join(',', fields.Select(Quote)));
        output.Write("\r\n");
    }

    /// <summary>
    /// A text that a spreadsheet would run as a formula gets an apostrophe in front, which spreadsheets take as "this is text".
    /// Names come from whoever may create accounts and keys, so a name must not run on the machine of whoever opens the report.
    /// </summary>
    public static string NotAFormula(string text) =>
        text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + text : text;

    private static string Quote(string field) =>
        field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
