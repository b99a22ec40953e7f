namespace Purser.Simulator.Requests;

/// <summary>What is kept of a response.</summary>
/// <param name="Json">The response.</param>
/// <param name="Input">The input that it was asked, as it stood in the request.</param>
internal sealed record KeptContent(byte[] Json, byte[] Input);

/// <summary>
/// The last responses that were kept, by their ids: how many tokens a request has that goes on from one, and the response itself as long as all of
/// them have no more than 64 MiB.
/// </summary>
internal sealed class KeptResponses
{
    private const int Most = 10_000;
    private const long MostBytes = 64L * 1024 * 1024;

    private readonly Dictionary<string, long> tokens = [];
    private readonly Dictionary<string, KeptContent> contents = [];
    private readonly Queue<string> order = new();
    private readonly Queue<string> contentOrder = new();
    private readonly Lock gate = new();
    private long bytes;

    /// <summary>Keeps a response, and lets the oldest go where there are too many.</summary>
    public void Add(string id, long conversation, KeptContent content)
    {
        lock (gate)
        {
            if (!tokens.TryAdd(id, conversation))
            {
                return;
            }

            order.Enqueue(id);
            if (order.Count > Most)
            {
                Forget(order.Dequeue());
            }

            contents.Add(id, content);
            contentOrder.Enqueue(id);
            bytes += Size(content);
            while (bytes > MostBytes)
            {
                ForgetContent(contentOrder.Dequeue());
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

    /// <summary>A response; null where it isn't kept.</summary>
    public KeptContent? Content(string id)
    {
        lock (gate)
        {
            return contents.GetValueOrDefault(id);
        }
    }

    /// <summary>Takes a response away.</summary>
    /// <returns>False where it isn't kept.</returns>
    public bool Remove(string id)
    {
        lock (gate)
        {
            return Forget(id);
        }
    }

    private bool Forget(string id)
    {
        ForgetContent(id);
        return tokens.Remove(id);
    }

    private void ForgetContent(string id)
    {
        if (contents.Remove(id, out var content))
        {
            bytes -= Size(content);
        }
    }

    private static long Size(KeptContent content) => content.Json.Length + (long)content.Input.Length;
}
