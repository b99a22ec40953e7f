using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Purser.Gateway.Analytics;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Storage;

namespace Purser.Cli.Hosting;

/// <summary>What is done to a data folder without a running gateway.</summary>
internal static class DataFolder
{
    /// <summary>Reads the whole journal and checks its chain, its limits and its balances.</summary>
    /// <param name="folder">The data folder. It is only read.</param>
    /// <param name="progress">Called with each number of entries read, from any thread.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Task<LedgerReport> VerifyLedgerAsync(string folder, Action<long> progress, CancellationToken cancellationToken)
    {
        var seen = 0L;
        return Task.Run(() => Failing(folder, () => LedgerVerifier.Verify(folder, Step)), cancellationToken);

        void Step(long done, long total)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress(done - seen);
            seen = done;
        }
    }

    /// <summary>Compares the segments of the analytics store with the journal.</summary>
    /// <param name="folder">The data folder. It is only read.</param>
    /// <param name="progress">Called with each number of entries read, from any thread.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Task<AnalyticsReport> VerifyAnalyticsAsync(string folder, Action<long> progress, CancellationToken cancellationToken)
    {
        var seen = 0L;
        return Task.Run(() => Failing(folder, () => AnalyticsVerifier.Verify(folder, Step)), cancellationToken);

        void Step(long done, long total)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress(Math.Max(0, done - seen));
            seen = done;
        }
    }

    /// <summary>Makes the analytics store again from the journal. The gateway must not be running on the folder.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="clock">Says which hours and days are over.</param>
    /// <param name="progress">Called with each number of entries taken, from any thread.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Task<AnalyticsRebuilt> RebuildAnalyticsAsync(
        string folder,
        TimeProvider clock,
        Action<long> progress,
        CancellationToken cancellationToken
    )
    {
        var seen = 0L;
        return Task.Run(
            () =>
                Failing(
                    folder,
                    () => AnalyticsRebuild.RunAsync(folder, clock, NullLogger.Instance, Step, cancellationToken).GetAwaiter().GetResult()
                ),
            cancellationToken
        );

        void Step(long done, long total)
        {
            progress(Math.Max(0, done - seen));
            seen = done;
        }
    }

    /// <summary>Copies the folder's databases as of one moment, and verifies the copy.</summary>
    /// <param name="folder">The data folder. It is only read.</param>
    /// <param name="copy">The folder to fill.</param>
    /// <param name="progress">Called with each number of pages copied, then of entries verified, from any thread.</param>
    /// <param name="cancellationToken">Stops it, and leaves no copy.</param>
    public static Task<LedgerBackup> BackUpLedgerAsync(
        string folder,
        string copy,
        Action<long> progress,
        CancellationToken cancellationToken
    )
    {
        var seen = 0L;
        return Task.Run(() => Failing(folder, () => LedgerBackup.Make(folder, copy, Step, cancellationToken)), cancellationToken);

        void Step(long done, long total)
        {
            progress(Math.Max(0, done - seen));
            seen = done;
        }
    }

    /// <summary>Writes every entry of the journal, in order, with what contracts make of it where there are some.</summary>
    public static Task ExportLedgerAsync(
        string folder,
        Stream output,
        ExportFormat format,
        Agreements? agreements,
        CancellationToken cancellationToken
    ) =>
        Task.Run(
            () =>
                Failing(
                    folder,
                    () =>
                    {
                        using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
                        LedgerExport.Write(folder, writer, format, agreements);
                        return true;
                    }
                ),
            cancellationToken
        );

    /// <summary>Makes another admin key; the one before stops working. The gateway must not be running on the folder.</summary>
    /// <returns>The new key.</returns>
    public static async Task<string> ResetAdminKeyAsync(string folder)
    {
        try
        {
            return await AdminKeyReset.RunAsync(folder, TimeProvider.System, NullLogger.Instance);
        }
        catch (IOException exception)
        {
            throw CliException.Failed(exception.Message);
        }
    }

    /// <summary>Reads a master key that a command is given.</summary>
    /// <param name="context">The environment.</param>
    /// <param name="folder">The data folder, which its file must not lie in.</param>
    /// <param name="file">The file, or null.</param>
    /// <param name="variable">The environment variable that it's in otherwise.</param>
    /// <param name="which">Which one it is, for errors.</param>
    /// <exception cref="CliException">It isn't given, isn't one, or isn't kept well.</exception>
    public static MasterKey MasterKey(CliContext context, string folder, string? file, string variable, string which)
    {
        try
        {
            return Gateway.Credentials.MasterKey.Load(file is null ? null : context.FullPath(file), folder, context.Environment, variable)
                ?? throw CliException.Usage(
                    $"the {which} master key isn't given",
                    $"Set {variable}, or --{(which == "new" ? "new" : "old")}-key-file FILE."
                );
        }
        catch (InvalidConfigurationException invalid)
        {
            throw CliException.Usage(invalid.Errors[0].TrimEnd('.'));
        }
    }

    /// <summary>Encrypts the stored credentials under another master key. The gateway must not be running on the folder.</summary>
    /// <returns>How many they are.</returns>
    public static async Task<int> ChangeMasterKeyAsync(string folder, MasterKey old, MasterKey other)
    {
        try
        {
            return await MasterKeyChange.RunAsync(folder, old, other, TimeProvider.System, NullLogger.Instance);
        }
        catch (InvalidConfigurationException wrong)
        {
            throw CliException.Failed(wrong.Errors[0].TrimEnd('.'));
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw CliException.Failed(exception.Message);
        }
    }

    private static T Failing<T>(string folder, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw CliException.Failed($"{folder}: {exception.Message}");
        }
    }
}
