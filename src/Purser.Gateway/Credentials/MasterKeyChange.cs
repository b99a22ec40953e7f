using Microsoft.Extensions.Logging;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Credentials;

/// <summary>Encrypts a data folder's stored credentials under another master key.</summary>
public static class MasterKeyChange
{
    /// <summary>All of them in one transaction, or none: after a crash either the old or the new key opens them all. Says how many.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="old">The key that they are encrypted under.</param>
    /// <param name="other">The key that they shall be encrypted under.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Takes what the store logs.</param>
    /// <exception cref="InvalidConfigurationException">The old key isn't the one that they are encrypted under.</exception>
    /// <exception cref="IOException">A gateway is running on the folder, or there's no ledger in it.</exception>
    public static async Task<int> RunAsync(string directory, MasterKey old, MasterKey other, TimeProvider clock, ILogger logger)
    {
        if (!File.Exists(LedgerStore.FileIn(directory)))
        {
            throw new IOException($"There is no ledger in {directory}.");
        }

        await using var store = LedgerStore.Open(directory, Durability.PowerLoss, clock, logger);
        return await store.ChangeAsync(change => change.ChangeMasterKey(old, other));
    }
}
