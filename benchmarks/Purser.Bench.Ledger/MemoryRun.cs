using System.Diagnostics;
using Purser.Core.Ledger;

namespace Purser.Bench.Ledger;

/// <summary>How many pairs of reserve and settle one thread does in memory, over six budgets.</summary>
internal static class MemoryRun
{
    private const int Batch = 1_000;

    public static void Run(int rounds, double seconds)
    {
        var (state, scopes) = Company.InMemory(DateTimeOffset.UtcNow);
        Measure(state, scopes, 1);
        var results = Enumerable.Range(0, rounds).Select(_ => Measure(state, scopes, seconds)).Order().ToList();
        Console.WriteLine(
            $"memory: {results[rounds / 2]:N0} pairs/s on one thread (median of {rounds}; {results[0]:N0} to {results[^1]:N0})"
        );
    }

    private static double Measure(LedgerState state, ScopeSet scopes, double seconds)
    {
        var begin = Stopwatch.GetTimestamp();
        long pairs = 0;
        while (Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds)
        {
            var now = DateTimeOffset.UtcNow;
            for (var i = 0; i < Batch; i++)
            {
                var attempt = Company.NextAttempt();
                if (!state.Reserve(attempt, scopes, Company.Held, now).IsReserved)
                {
                    throw new InvalidOperationException("A budget is full.");
                }

                state.Post(attempt, Company.Spent);
            }

            // As the store does after each commit.
            state.TakeCrossings();
            pairs += Batch;
        }

        return pairs / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
