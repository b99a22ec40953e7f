namespace Purser.Cli.Output;

/// <summary>How a column's values are written.</summary>
internal enum ColumnKind
{
    /// <summary>Text; left-aligned; a JSON string.</summary>
    Text,

    /// <summary>A whole number; right-aligned; a JSON number.</summary>
    Count,

    /// <summary>
    /// An exact decimal (money, a limit) that stays the text that it came as; right-aligned; a JSON string, because most JSON
    /// readers would make a rounded binary number of it.
    /// </summary>
    Exact,

    /// <summary>Yes or no; a JSON boolean.</summary>
    Flag,
}

/// <summary>One column of a listing, defined once for tables, JSON and CSV.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <param name="Name">The stable name in JSON and CSV, in snake_case. A table's header is this name with spaces.</param>
/// <param name="Kind">How values are written.</param>
/// <param name="Value">The row's value: <see cref="string"/>, <see cref="long"/>, <see cref="bool"/> or null, as the kind says.</param>
/// <param name="InTable">Whether a table has it too. JSON and CSV have every column.</param>
internal sealed record Column<T>(string Name, ColumnKind Kind, Func<T, object?> Value, bool InTable = true)
{
    /// <summary>The header in a table.</summary>
    public string Header => Name.Replace('_', ' ');
}

/// <summary>Makes columns.</summary>
internal static class Column
{
    /// <summary>A column of text.</summary>
    public static Column<T> Text<T>(string name, Func<T, string?> value, bool inTable = true) => new(name, ColumnKind.Text, value, inTable);

    /// <summary>A column of whole numbers.</summary>
    public static Column<T> Count<T>(string name, Func<T, long?> value, bool inTable = true) =>
        new(name, ColumnKind.Count, row => value(row), inTable);

    /// <summary>A column of exact decimals, kept as text.</summary>
    public static Column<T> Exact<T>(string name, Func<T, string?> value, bool inTable = true) =>
        new(name, ColumnKind.Exact, value, inTable);

    /// <summary>A column of yes and no.</summary>
    public static Column<T> Flag<T>(string name, Func<T, bool?> value, bool inTable = true) =>
        new(name, ColumnKind.Flag, row => value(row), inTable);
}
