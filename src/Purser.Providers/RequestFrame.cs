using System.Runtime.CompilerServices;

namespace Purser.Providers;

/// <content>What is known of each value around the one that the walk is at.</content>
internal ref partial struct RequestScan
{
    private struct Frame
    {
        public bool IsHosted;
        public bool IsCacheMark;
        public bool IsMedia;
        public bool IsItem;
        public bool IsTool;
        public bool HasShape;
        public bool NeedsSecret;
        public bool HasSecret;
        public bool IsOutput;
        public bool IsReference;
        public bool HasSignature;
        public bool IsOwnReasoning;
        public int Start;
        public long MaxUses;
        public string? Model;
        public string? Id;
        public string? FileId;
    }

    [InlineArray(MaxDepth + 2)]
    private struct Frames
    {
        private Frame first;
    }
}
