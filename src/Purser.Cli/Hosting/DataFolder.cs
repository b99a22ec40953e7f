namespace Purser.Cli.Hosting;

/// <summary>What the verification of a ledger found.</summary>
/// <param name="Records">How many records the journal has.</param>
/// <param name="Head">The hash of the last one.</param>
/// <param name="Problems">What is wrong, each with where; empty where nothing is.</param>
internal sealed record LedgerVerification(long Records, string Head, IReadOnlyList<string> Problems);

/// <summary>
/// What is done to a data folder without a running gateway. THE SEAM to <c>Purser.Gateway.Storage</c>: `ledger verify`,
/// `ledger export`, `admin-key reset` and `demo` go through this type.
/// </summary>
internal static class DataFolder
{
    /// <summary>Reads the whole journal and checks its chain and balances.</summary>
    /// <param name="folder">The data folder. It is only read.</param>
    /// <param name="progress">Called with each number of records read, from any thread.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Task<LedgerReport> VerifyLedgerAsync(string folder, Action<long> progress, CancellationToken cancellationToken)
    {
        var seen = 0L;
        return Task.Run(
            () =>
                LedgerVerifier.Verify(
                    folder,
                    (done, _) =>
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        progress(done - seen);
                        seen = done;
                    }
                ),
            cancellationToken
        );
    }

    /// <summary>Writes every record of the journal as NDJSON, in order.</summary>
    /// <returns>How many records were written.</returns>
    public static Task<long> ExportLedgerAsync(string folder, Stream output, Action<long> progress, CancellationToken cancellationToken) =>
        throw CliException.Failed($"this build can't read a ledger yet ({folder})");

    /// <summary>Makes another admin key; the one before stops working. The gateway must not be running on the folder.</summary>
    /// <returns>The new key.</returns>
    public static Task<string> ResetAdminKeyAsync(string folder, CancellationToken cancellationToken) =>
        throw CliException.Failed($"this build can't reset an admin key yet ({folder})");
}
