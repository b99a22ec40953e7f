namespace Purser.Simulator.Requests;

/// <summary>The last responses that were kept, by their ids: how many tokens a request has that goes on from one.</summary>
internal sealed class KeptResponses
{
    private const int Most = 10_000;

    private readonly Dictionary<string, long> tokens = [];
    private readonly Queue<string> order = new();
    private readonly Lock gate = new();

    /// <summary>Keeps a response, and lets the oldest go where there are too many.</summary>
    public void Add(string id, long conversation)
    {
        lock (gate)
        {
            if (tokens.TryAdd(id, conversation))
            {
                order.Enqueue(id);
                if (order.Count > Most)
                {
                    tokens.Remove(order.Dequeue());
                }
            }
        }
    }

    /// <summary>The tokens of the conversation up to a response; null where it isn't kept.</summary>
    public long? Find(string id)
    {
        lock (gate)
        {
            return tokens.TryGetValue(id, out var conversation) ? conversation : null;
        }
    }
}
