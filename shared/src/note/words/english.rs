//! English: sorted, one string for each first letter, so that a look-up reads few of them.

/// Words of three letters or more. Words of the trade that name a kind of problem (overflow, injection, parser) are left out on purpose.
pub(super) const ENGLISH: [&str; 26] = [
    "able about above across action actually add address after again against ago agree ain all allow \
     almost alone along already also although always among and announce another answer any anybody \
     anymore anyone anything anyway anywhere appear appreciate april are aren around ask asked asking \
     attention august available away",
    "back bad because become been before began begin behind being believe best better between big \
     both bring business but buy",
    "calendar call came can cannot care case cause certain change channel chat check clear close come \
     coming community concern confidential confirm contact contacted coordinator correct could couldn \
     country course",
    "date dates day days dear december desk did didn different difficult direct directly disclose \
     disclosure discuss discussed discussing discussion does doesn doing don done down during",
    "each earlier early easy effort eight either else elsewhere email end enough even evening ever \
     every everybody everyone everything example expect",
    "fact far fast february feel few fifth figure fill final find fine first five folder follow \
     following for forum forward found four fourth friday friend from full further",
    "gave general get getting github gitlab give given goes going gone good got grateful great group \
     guess",
    "had hadn half hand happen happened happy hard has hasn have haven having hear heard hello help \
     her here hey him his hold hope hour hours how however human",
    "idea important inbox include information instead interest into isn issue its itself",
    "january join july june just",
    "keep kind kindly knew know known",
    "large last late later latest least leave left less let letter like likely line linkedin list \
     little long look looked looking",
    "made mail main maintainer maintainers make many march mastodon matter may maybe mean meaning \
     meant meet member members mention message messages might mind mine minute moment monday month \
     months more morning most much must mustn myself",
    "name near need needn neither never new next nice night nine nobody none noon nor not note \
     nothing notice november now nowhere number",
    "october off offline often old once one online only open order other others our ourselves out \
     over own",
    "page part past people perhaps person phone place plan please point possible post posted private \
     privately problem process project promise promised properly public publicly put",
    "question quick quiet quite",
    "rather reach reached reaching read reader ready real really reason receive received regards \
     reply report reported reporter reporting response responsible right",
    "said same saturday say says second security see seem seems seen send sent september service set \
     seven several shall she should shouldn show side silence silent since six small some somebody \
     someone something somewhere soon sorry spam stand start state step still stop such sunday \
     suppose sure",
    "take taken talk team telephone tell ten than thank thankful thanks that the their them \
     themselves then there these they thing think third this those though three through thursday time \
     today together told tomorrow tonight too took touch toward tried try trying tuesday turn twelve \
     two",
    "unable under unfortunately until urgent urgently use used user users usual",
    "very via",
    "wait waited waiting want was wasn way wednesday week weekend weeks well went were weren what \
     whatever whatsapp when whenever where whether which while who whole whom whose why will wish \
     with within without won word words work working would wouldn write writing written wrote",
    "",
    "year years yes yesterday yet you your yours yourself",
    "",
];
