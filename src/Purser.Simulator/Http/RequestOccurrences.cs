namespace Purser.Simulator.Http;

/// <summary>
/// Counts how often each request was seen: the first, second, … occurrence of the same body. A request's seed is made of its body and
/// this number, so repeated runs give the same answers however concurrent requests interleave, and no two answers share an id.
/// </summary>
internal sealed class RequestOccurrences
{
    /// <summary>How many different bodies are told apart. Past that the counts start anew under another seed.</summary>
    public const int MostBodies = 1_000_000;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, uint> counts = [];
    private ulong generation;

    /// <summary>A number that no other request with the same hash gets.</summary>
    public ulong Next(ulong bodyHash)
    {
        lock (gate)
        {
            if (counts.Count >= MostBodies && !counts.ContainsKey(bodyHash))
            {
                counts.Clear();
                generation++;
            }

            ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, bodyHash, out _);
            return (generation << 32) + count++;
        }
    }
}
