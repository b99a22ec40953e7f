using Purser.Gateway.Storage;
using Purser.Routing.WhatIf;

namespace Purser.Cli.WhatIf;

/// <summary>The ledger's calls as steps. It has no prompt, so that nothing tells of what kind a step was.</summary>
internal static class LedgerSteps
{
    /// <summary>The steps of a data folder.</summary>
    /// <param name="folder">The folder; it is only read.</param>
    /// <param name="known">The ids of providers' requests that agents' own logs have, which say more of them.</param>
    /// <param name="tally">Counts what is left out.</param>
    /// <exception cref="CliException">It can't be read.</exception>
    public static IEnumerable<AgentStep> Read(string folder, IReadOnlySet<string> known, LogTally tally)
    {
        foreach (var call in Calls(folder))
        {
            if (call.ProviderRequestId is { } id && known.Contains(id))
            {
                tally.Repeated++;
            }
            else if (StepTokens.Of(call.Usage) is { } tokens)
            {
                yield return new()
                {
                    Source = StepSource.Ledger,
                    Session = call.Run ?? call.Request,
                    Agent = call.Agent ?? "",
                    At = call.At,
                    Provider = call.Provider,
                    Model = call.Model,
                    Terms = call.Terms,
                    Tokens = tokens,
                };
            }
            else
            {
                tally.NotText++;
            }
        }
    }

    private static IReadOnlyList<LedgerCall> Calls(string folder)
    {
        try
        {
            return LedgerCalls.Read(folder);
        }
        catch (Exception wrong) when (wrong is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw CliException.Failed($"{folder}: {wrong.Message.TrimEnd('.')}");
        }
    }
}
