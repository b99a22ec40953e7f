using System.Globalization;
using System.Numerics;
using DuckDB.NET.Data;

namespace Purser.Analytics;

/// <summary>DuckDB in process, in memory.</summary>
internal static class Duck
{
    private const int NanosPerDollar = 1_000_000_000;

    /// <summary>Opens a database in memory that uses no more than this.</summary>
    /// <param name="limits">The most that it may use.</param>
    /// <param name="spill">The folder for what doesn't fit.</param>
    public static DuckDBConnection Open(AnalyticsLimits limits, string spill)
    {
        var connection = new DuckDBConnection("Data Source=:memory:");
        try
        {
            connection.Open();
            // No query of ours needs the net or an extension: nothing is looked for there.
            Run(
                connection,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"""
                    SET threads = {limits.Threads};
                    SET memory_limit = '{limits.MemoryMegabytes}MB';
                    SET temp_directory = {Text(spill)};
                    SET parquet_metadata_cache = true;
                    SET autoinstall_known_extensions = false;
                    SET autoload_known_extensions = false;
                    SET TimeZone = 'UTC';
                    """
                )
            );
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Carries out a statement.</summary>
    public static void Run(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>A text as SQL has it.</summary>
    public static string Text(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Dollars with nine decimals as nano-dollars.</summary>
    public static Int128 Nanos(decimal dollars) => (Int128)(dollars * NanosPerDollar);

    /// <summary>A sum of whole numbers, which DuckDB has in 128 bits; 0 where there was nothing to sum.</summary>
    public static Int128 Whole(DuckDBDataReader row, int column) =>
        row.IsDBNull(column) ? 0
        : row.GetValue(column) is BigInteger sum ? (Int128)sum
        : row.GetInt64(column);
}
