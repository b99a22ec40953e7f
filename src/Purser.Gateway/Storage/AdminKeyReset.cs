using Microsoft.Extensions.Logging;

namespace Purser.Gateway.Storage;

/// <summary>For whoever lost the admin key and has the data folder.</summary>
public static class AdminKeyReset
{
    /// <summary>Makes another admin key and returns it; the one before stops working.</summary>
    /// <exception cref="IOException">A gateway is running on the folder, or there's no ledger in it.</exception>
    public static async Task<string> RunAsync(string directory, TimeProvider clock, ILogger logger)
    {
        if (!File.Exists(LedgerStore.FileIn(directory)))
        {
            throw new IOException($"There is no ledger in {directory}.");
        }

        await using var store = LedgerStore.Open(directory, Durability.ProcessCrash, clock, logger);
        return await store.ChangeAsync(change => change.ResetAdminKey());
    }
}
