using FactoryThread.Portal.Features.Usage.Store;

namespace FactoryThread.Portal.Features.Alerts.Store;

/// <summary>Requests of one key and minute with the same address and code.</summary>
internal sealed class SeenCalls(string address, string code)
{
    public string Address { get; } = address;

    public string Code { get; } = code;

    public long FirstAt { get; private set; } = long.MaxValue;

    public long LastAt { get; private set; }

    public long Count { get; private set; }

    public long Counted { get; private set; }

    public static SeenCalls Of(RequestRecordFormat.Entry request, ByteGroups<SeenCalls> all)
    {
        var texts = request.Named();
        Span<byte> group = stackalloc byte[texts.Address.Length + 1 + texts.Code.Length];
        texts.Address.CopyTo(group);
        texts.Code.CopyTo(group[(texts.Address.Length + 1)..]);
        if (!all.TryFind(group, out var seen))
        {
            seen = new SeenCalls(RequestRecordFormat.Text(texts.Address) ?? "", RequestRecordFormat.Text(texts.Code) ?? "");
            all.Add(group, seen);
        }

        return seen;
    }

    public void Add(RequestRecordFormat.Entry request)
    {
        (FirstAt, LastAt) = (Math.Min(FirstAt, request.At), Math.Max(LastAt, request.At));
        Count++;
        Counted += request.Counted ? 1 : 0;
    }
}
