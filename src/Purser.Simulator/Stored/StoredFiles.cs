namespace Purser.Simulator.Stored;

/// <summary>A file that a client sent, or that a batch wrote.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Purpose">OpenAI's purpose; empty at Anthropic.</param>
/// <param name="MimeType">Its type.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Created">When it came.</param>
internal sealed record StoredFile(string Id, string Name, string Purpose, string MimeType, byte[] Content, DateTimeOffset Created);

/// <summary>The files of one provider, whatever the key: all keys are of one organization. The oldest go where there are too many bytes.</summary>
internal sealed class StoredFiles
{
    private const long MostBytes = 512L * 1024 * 1024;

    private readonly List<StoredFile> files = [];
    private readonly Lock gate = new();

    /// <summary>Keeps a file.</summary>
    public void Add(StoredFile file)
    {
        lock (gate)
        {
            files.Add(file);
            while (files.Count > 1 && files.Sum(kept => (long)kept.Content.Length) > MostBytes)
            {
                files.RemoveAt(0);
            }
        }
    }

    /// <summary>A file; null where it isn't there.</summary>
    public StoredFile? Find(string id)
    {
        lock (gate)
        {
            return files.Find(file => file.Id == id);
        }
    }

    /// <summary>Takes a file away.</summary>
    /// <returns>False where it isn't there.</returns>
    public bool Remove(string id)
    {
        lock (gate)
        {
            return files.RemoveAll(file => file.Id == id) > 0;
        }
    }

    /// <summary>All files, from the oldest to the newest.</summary>
    public IReadOnlyList<StoredFile> All()
    {
        lock (gate)
        {
            return [.. files];
        }
    }
}
